-- The household's one plan: its versions, goals, actions and reviews.

create table plans (
    plan_id        uuid primary key,
    case_id        uuid not null references cases,
    number         int not null check (number >= 1),
    state          text not null check (state in ('draft', 'agreed', 'declined', 'active', 'superseded', 'closed')),
    version        int not null check (version >= 1),
    agreed_by      text,
    agreed_by_role text,
    method         text,
    agreed_on      date,
    refused_reason text,
    refused_note   text,
    drafted_at     timestamptz not null,
    activated_at   timestamptz,
    ended_at       timestamptz,
    unique (case_id, number),
    check (state not in ('agreed', 'active', 'superseded') or agreed_by is not null),
    check ((state = 'declined') = (refused_reason is not null)),
    check ((state in ('declined', 'superseded', 'closed')) = (ended_at is not null)),
    check (state not in ('active', 'superseded') or activated_at is not null)
);
-- I3: at most one plan of a case is active.
create unique index one_active_plan_per_case on plans (case_id) where state = 'active';
create unique index one_plan_in_preparation_per_case on plans (case_id) where state in ('draft', 'agreed');

-- I3, the other half: after the first activation an open case has an active plan, and a closed case has none.
create function one_plan_from_the_first() returns trigger
    language plpgsql security definer set search_path = {schema}, extensions, pg_temp as $$
begin
    if not exists (
        select from cases c
        where c.case_id = new.case_id
          and (select count(*) from plans p where p.case_id = c.case_id and p.state = 'active')
              = case
                  when c.state = 'closed' then 0
                  when exists (select from plans p where p.case_id = c.case_id and p.activated_at is not null) then 1
                  else 0
                end
    ) then
        raise exception 'case % has not exactly its one plan', new.case_id
            using errcode = 'integrity_constraint_violation', constraint = 'one_plan_from_the_first';
    end if;
    return null;
end $$;
create constraint trigger one_plan_from_the_first after insert or update of state on plans
    deferrable initially deferred for each row execute function one_plan_from_the_first();
create constraint trigger one_plan_from_the_first after update of state on cases
    deferrable initially deferred for each row execute function one_plan_from_the_first();

-- A goal keeps its id from one version of the plan to the next.
create table goals (
    plan_id                 uuid not null references plans,
    goal_id                 uuid not null,
    case_id                 uuid not null references cases,
    place                   int not null,
    wish                    text not null check (wish <> ''),
    life_domain             text not null,
    own_strength            text not null,
    network                 text not null,
    executor_kind           text not null
        check (executor_kind in ('self', 'network', 'volunteer', 'general_facility', 'professional')),
    own_strength_considered text,
    informal_skipped_reason text,
    outcome                 text check (outcome in ('reached', 'partly_reached', 'dropped')),
    primary key (plan_id, goal_id),
    -- S4-7, S4-12: a professional comes after own strength, and passing over informal help has a reason.
    check (executor_kind <> 'professional' or own_strength_considered <> ''),
    check (executor_kind not in ('general_facility', 'professional') or informal_skipped_reason <> '')
);
create index goals_of_case on goals (case_id);

create table actions (
    action_id  uuid primary key,
    plan_id    uuid not null references plans,
    case_id    uuid not null references cases,
    goal_id    uuid not null,
    what       text not null check (what <> ''),
    owner_kind text not null check (owner_kind in ('self', 'network', 'volunteer', 'general_facility', 'professional')),
    owner_id   uuid,
    due_at     timestamptz not null,
    state      text not null check (state in ('agreed', 'done')),
    done_at    timestamptz,
    -- I26: an action has an owner and a date; a professional who owns one is somebody.
    check (owner_kind <> 'professional' or owner_id is not null),
    check ((state = 'done') = (done_at is not null)),
    foreign key (plan_id, goal_id) references goals
);
create index actions_of_case on actions (case_id);

create table reviews (
    review_id uuid primary key,
    plan_id   uuid not null references plans,
    case_id   uuid not null references cases,
    due_at    timestamptz not null,
    state     text not null check (state in ('planned', 'held', 'cancelled')),
    outcome   text check (outcome in ('continue', 'adjust', 'close')),
    note      text,
    ended_at  timestamptz,
    check ((state = 'planned') = (ended_at is null)),
    check ((state = 'held') = (outcome is not null))
);
create index reviews_of_case on reviews (case_id);
