-- Who must hear what, and every deadline. Ids, codes and dates only: names and addresses stay with their owners, and what
-- a mail said is nowhere.

-- What notify remembers of cases, deputies, matches and needs, so it knows who somebody is at the moment of an event.

create table cases (
    case_id      uuid primary key,
    household_id uuid not null,
    team         text not null,
    director_id  uuid not null,
    closed_at    timestamptz
);
create index case_of_household on cases (household_id) where closed_at is null;

create table involvements (
    case_id   uuid not null,
    worker_id uuid not null,
    primary key (case_id, worker_id)
);

create table absences (
    absence_id uuid primary key,
    worker_id  uuid not null,
    deputy_id  uuid not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz
);
create index absences_of_worker on absences (worker_id);

create table matches (
    match_id     uuid primary key,
    volunteer_id uuid not null
);

create table needs (
    need_id    uuid primary key,
    kind       text not null,
    hours_week int not null
);

-- Messages, each once per event, text and recipient (P8): planned -> sending (committed before the call) -> how it ended.

create table notifications (
    number         bigint generated always as identity unique,
    id             uuid primary key,
    cause_id       uuid not null,
    correlation_id text not null,
    traceparent    text,
    channel        text not null check (channel in ('mail', 'inbox')),
    template       text not null,
    recipient      text not null,
    recipient_role text not null,
    recipient_kind text not null check (recipient_kind in ('request', 'household', 'volunteer', 'worker', 'team')),
    recipient_id   uuid,
    team           text not null,
    about_kind     text not null,
    about_id       uuid not null,
    household_id   uuid,
    case_id        uuid,
    facts          jsonb not null,
    due_at         timestamptz,
    valid_until    timestamptz,
    ends_with_case boolean not null,
    planned_at     timestamptz not null default now(),

    state          text not null default 'planned'
                   check (state in ('planned', 'sending', 'sent', 'refused', 'unknown', 'suppressed')),
    reason         text,
    not_before     timestamptz not null default now(),
    owner          uuid,
    leased_until   timestamptz,
    attempts       int not null default 0,
    deferrals      int not null default 0,
    settled_at     timestamptz,
    decided_by     uuid,
    unique (cause_id, channel, template, recipient),
    check ((recipient_kind = 'team') = (recipient_id is null)),
    check (channel = 'inbox' or recipient_kind <> 'team'),
    check (state <> 'sending' or (owner is not null and leased_until is not null)),
    check ((state in ('planned', 'sending')) = (settled_at is null))
);
create index notifications_to_send on notifications (number) where state = 'planned';
create index notifications_in_hand on notifications (leased_until) where state = 'sending';
create index notifications_in_line on notifications (recipient, number) where channel = 'mail' and state in ('planned', 'sending');
create index notifications_of_team on notifications (team, state, number);

create table inbox (
    id           uuid primary key, -- the notification's, so handing over twice is once
    number       bigint generated always as identity unique,
    template     text not null,
    worker_id    uuid,
    role         text,
    team         text not null,
    about_kind   text not null,
    about_id     uuid not null,
    household_id uuid,
    due_at       timestamptz,
    created_at   timestamptz not null default now(),
    done_at      timestamptz,
    done_by      uuid,
    check (num_nonnulls(worker_id, role) = 1),
    check ((done_at is null) = (done_by is null))
);
create index inbox_of_worker on inbox (worker_id, number) where worker_id is not null;
create index inbox_of_role on inbox (team, role, number) where role is not null;

-- Terms. Policy is data: a municipality may change it, for terms that start from then on.

create table policies (
    term   text primary key,
    amount int check (amount > 0), -- null: the event that starts it brings its own date
    unit   text not null check (unit in ('working_days', 'calendar_days', 'weeks')),
    basis  text not null
);
insert into policies (term, amount, unit, basis) values
    ('receipt', 2, 'working_days', 'Wmo 2015, article 2.3.2: receipt is confirmed'),
    ('investigation', 6, 'weeks', 'Wmo 2015, article 2.3.2: the investigation takes at most six weeks'),
    ('waiting', null, 'calendar_days', 'intake sets the date'),
    ('handover', null, 'calendar_days', 'plan sets the date'),
    ('review', null, 'calendar_days', 'the household and the director set the date'),
    ('action', null, 'calendar_days', 'household and director set the date'),
    ('match', null, 'calendar_days', 'matching sets the date');

create table thresholds (
    term      text not null references policies,
    threshold text not null,
    kind      text not null check (kind in ('approaching', 'passed')),
    amount    int not null, -- after the due date; before it when negative
    unit      text not null check (unit in ('working_days', 'calendar_days', 'weeks')),
    primary key (term, threshold)
);
insert into thresholds (term, threshold, kind, amount, unit) values
    ('receipt', 't', 'passed', 0, 'calendar_days'),
    ('investigation', 'near', 'approaching', -5, 'working_days'),
    ('investigation', 't', 'passed', 0, 'calendar_days'),
    ('waiting', 't', 'passed', 0, 'calendar_days'),
    ('handover', 't', 'passed', 0, 'calendar_days'),
    ('match', 't', 'passed', 0, 'calendar_days'),
    ('action', 't', 'passed', 0, 'calendar_days'),
    ('review', 'near', 'approaching', -14, 'calendar_days'),
    ('review', 't', 'passed', 0, 'calendar_days'),
    ('review', 't7', 'passed', 7, 'calendar_days'),
    ('review', 't14', 'passed', 14, 'calendar_days');

create table deadlines (
    id             uuid primary key,
    term           text not null references policies,
    subject_id     uuid not null,
    household_id   uuid,
    case_id        uuid,
    team           text not null,
    due_at         timestamptz, -- null: what ends it, or its case, was heard before what starts it
    closed_at      timestamptz,
    closed_by      text,
    cause_id       uuid not null,
    correlation_id text not null,
    traceparent    text,
    unique (term, subject_id),
    check ((closed_at is null) = (closed_by is null))
);
create index deadlines_of_case on deadlines (case_id) where closed_at is null;
create index deadlines_of_team on deadlines (team, due_at, id) where due_at is not null;

-- Each threshold of a term is told once: one row, told or not.
create table moments (
    deadline_id uuid not null references deadlines,
    threshold   text not null,
    kind        text not null check (kind in ('approaching', 'passed')),
    at          timestamptz not null,
    told_at     timestamptz,
    primary key (deadline_id, threshold)
);
create index moments_to_come on moments (at) where told_at is null;

-- Who sees what. The owner of these tables answers the one question that a row itself cannot.
create function on_case(wanted uuid) returns boolean stable security definer set search_path = {schema} language sql as $$
    select exists (
        select from cases c
        where c.case_id = wanted
          and (c.director_id = actor_id()
               or exists (select from involvements i where i.case_id = c.case_id and i.worker_id = actor_id())
               or exists (select from absences a
                          where a.worker_id = c.director_id and a.deputy_id = actor_id()
                            and a.starts_at <= now() and (a.ends_at is null or now() < a.ends_at)))
    )
$$;
revoke all on function on_case(uuid) from public;
grant execute on function on_case(uuid) to {role};

alter table cases enable row level security;
alter table involvements enable row level security;
alter table absences enable row level security;
alter table matches enable row level security;
alter table needs enable row level security;
create policy ours on cases using (actor_has('service'));
create policy ours on involvements using (actor_has('service'));
create policy ours on absences using (actor_has('service'));
create policy ours on matches using (actor_has('service'));
create policy ours on needs using (actor_has('service'));

alter table notifications enable row level security;
create policy ours on notifications using (actor_has('service'));
create policy of_the_team on notifications for select using (
    team = actor_team() and (actor_has('coordinator') or actor_has('process_lead'))
);
create policy of_the_city on notifications for select using (actor_has('functional_admin'));
create policy decided_by_the_team on notifications for update using (
    team = actor_team() and (actor_has('coordinator') or actor_has('process_lead'))
);

alter table inbox enable row level security;
create policy ours on inbox using (actor_has('service'));
create policy of_the_addressee on inbox for select using (
    worker_id = actor_id() or (team = actor_team() and actor_has(role))
);
create policy done_by_the_addressee on inbox for update using (
    worker_id = actor_id() or (team = actor_team() and actor_has(role))
);

alter table deadlines enable row level security;
alter table moments enable row level security;
create policy ours on deadlines using (actor_has('service'));
create policy ours on moments using (actor_has('service'));
create policy of_the_team on deadlines for select using (
    team = actor_team() and (actor_has('coordinator') or actor_has('process_lead') or (actor_has('worker') and case_id is null))
);
create policy of_those_on_the_case on deadlines for select using (actor_has('worker') and on_case(case_id));

grant select on policies, thresholds to {role};
grant select, insert, update on cases, absences, matches, needs, inbox, notifications, deadlines to {role};
grant select, insert, delete on involvements to {role};
grant select, insert, update, delete on moments to {role};
