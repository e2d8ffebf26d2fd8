-- Volunteers, needs and matches. Runs in the service's own schema, as its owner; `{role}` is the service's role, which is
-- subject to the row level security below (PRIV-02). Policies and the view wrap their calls in `(select …)`, so that
-- PostgreSQL asks each once per statement and not once per row.

-- Where neighbourhoods are: their middle, in Rijksdriehoek metres (intake's team_area.changed). Not personal. A
-- neighbourhood where somebody lives stands here before its middle is known, so that both wait for each other on its row.
create table places (
    buurt text primary key,
    x     int,
    y     int,
    check ((x is null) = (y is null))
);

-- Who may know of a case: its director (plan's case.opened, director.handed_over), who is away and who acts for them, and
-- the other workers on it.
create table cases (
    case_id      uuid primary key,
    household_id uuid not null,
    team         text not null,
    director_id  uuid not null,
    closed       boolean not null default false
);
create index cases_of_household on cases (household_id);
create index cases_of_director on cases (director_id);

create table absences (
    absence_id uuid primary key,
    worker_id  uuid not null,
    deputy_id  uuid not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz
);
create index absences_of_worker on absences (worker_id);
create index absences_by_deputy on absences (deputy_id);

create table involvements (
    case_id   uuid not null,
    worker_id uuid not null,
    primary key (case_id, worker_id)
);
create index involvements_of_worker on involvements (worker_id);

-- Personal: only the coordinators of the volunteer's own team see these rows. What matching needs of the volunteers of
-- other teams is in the view `standings`.
create table volunteers (
    volunteer_id            uuid primary key,
    team                    text not null,
    state                   text not null check (state in ('active', 'paused')),
    given_name              text not null,
    family_name             text not null,
    email                   text,
    phone                   text,
    reference               text,
    registered_as           bytea not null, -- SHA-256 of the registration, so that sending it again changes nothing
    buurt                   text not null,
    x                       int,
    y                       int,
    exact                   boolean not null, -- a point of their own, or the middle of the neighbourhood
    max_distance_m          int not null check (max_distance_m between 100 and 15000),
    kinds                   text[] not null check (cardinality(kinds) > 0),
    languages               text[] not null,
    availability            bigint not null check (availability > 0 and availability < 1::bigint << 56),
    certificate_valid_until date,
    household_id            uuid,
    version                 int not null default 1,
    reach                   box generated always as
        (box(point(x - max_distance_m, y - max_distance_m), point(x + max_distance_m, y + max_distance_m))) stored,
    check ((x is null) = (y is null)),
    check (not exact or x is not null),
    unique (team, reference)
);
create index volunteers_by_reach on volunteers using gist (reach);
create index volunteers_without_a_point on volunteers (buurt) where not exact;

-- A volunteer's hours a week, offered and reserved: ids and numbers only, and the row that whoever decides about a
-- volunteer locks first. The database keeps the sum (`keep_hours`) and refuses more than was offered (I10).
create table capacities (
    volunteer_id   uuid primary key references volunteers,
    hours_week     int not null check (hours_week between 1 and 40),
    reserved_hours int not null default 0,
    constraint never_more_hours_than_offered check (reserved_hours between 0 and hours_week)
);

-- Two who must not meet.
create table exclusions (
    volunteer_id uuid not null references volunteers,
    household_id uuid not null,
    excluded_by  uuid not null,
    excluded_at  timestamptz not null,
    primary key (volunteer_id, household_id)
);

create table needs (
    need_id              uuid primary key,
    case_id              uuid not null,
    household_id         uuid not null,
    team                 text not null,
    consent_id           uuid not null,
    kind                 text not null,
    buurt                text not null,
    availability         bigint not null check (availability > 0 and availability < 1::bigint << 56),
    hours_week           int not null check (hours_week between 1 and 40),
    language             text,
    certificate_required boolean not null,
    starts_on            date not null,
    consent_until        date not null,
    requested_at         timestamptz not null,
    state                text not null
        check (state in ('open', 'proposed', 'matched', 'running', 'fulfilled', 'ended')),
    reason               text,
    version              int not null default 1
);
create index needs_of_case on needs (case_id);
create index needs_by_consent on needs (consent_id);
create index needs_of_team on needs (team, need_id);

create table matches (
    match_id              uuid primary key,
    need_id               uuid not null references needs,
    case_id               uuid not null,
    household_id          uuid not null,
    team                  text not null,
    volunteer_id          uuid not null references volunteers,
    hours_week            int not null check (hours_week between 1 and 40),
    state                 text not null check (state in
        ('proposed', 'matched', 'introduced', 'active', 'ended', 'declined', 'expired', 'withdrawn')),
    proposed_at           timestamptz not null,
    due_at                timestamptz not null,
    score                 jsonb not null,
    weights_version       int not null,
    volunteer_accepted_at timestamptz,
    household_accepted_at timestamptz,
    introduced_on         date,
    starts_on             date,
    ended_at              timestamptz,
    ended_by              text check (ended_by in ('volunteer', 'household', 'coordinator')),
    reason                text,
    version               int not null default 1,
    constraint both_said_yes check (state not in ('matched', 'introduced', 'active')
        or volunteer_accepted_at is not null and household_accepted_at is not null),
    constraint they_met check (state <> 'active' or introduced_on is not null and starts_on is not null),
    constraint an_end_has_a_moment check
        ((state in ('proposed', 'matched', 'introduced', 'active')) = (ended_at is null))
);
create unique index one_live_match_per_need on matches (need_id)
    where state in ('proposed', 'matched', 'introduced', 'active');
create index matches_of_need on matches (need_id, volunteer_id);
create index matches_of_volunteer on matches (volunteer_id, household_id);
create index matches_of_case on matches (case_id);
create index matches_of_team on matches (team, match_id);

-- The single-purpose link by which a volunteer answers: only its SHA-256, one per match, used once (FL-13).
create table answer_links (
    match_id   uuid primary key references matches,
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    expires_at timestamptz not null,
    used_at    timestamptz
);

-- I10: hours are reserved while a match is live. The sum follows the matches by itself, so no statement can forget it;
-- it runs as the owner, since the service's role may not write it.
create function keep_hours() returns trigger language plpgsql security definer set search_path = {schema} as $$
declare
    live constant text[] := array['proposed', 'matched', 'introduced', 'active'];
    before int := 0;
    after int := 0;
begin
    if tg_op = 'UPDATE' and old.state = any (live) then
        before := old.hours_week;
    end if;
    if new.state = any (live) then
        after := new.hours_week;
    end if;
    if before <> after then
        update capacities set reserved_hours = reserved_hours + after - before
        where volunteer_id = new.volunteer_id;
    end if;
    return null;
end
$$;
create trigger keep_hours after insert or update of state, hours_week on matches
    for each row execute function keep_hours();

-- The cases on which the actor works: directs (a worker, or the process lead when there is no other), acts for an absent
-- director, or is involved.
create function my_cases() returns setof uuid stable language sql security definer set search_path = {schema} as $$
    select case_id from cases
    where director_id = actor_id() and (actor_has('worker') or actor_has('process_lead'))
    union
    select c.case_id from absences a join cases c on c.director_id = a.worker_id
    where a.deputy_id = actor_id() and (actor_has('worker') or actor_has('process_lead'))
      and a.starts_at <= now() and (a.ends_at is null or a.ends_at > now())
    union
    select case_id from involvements where worker_id = actor_id() and actor_has('worker')
$$;

alter table cases enable row level security;
create policy those_on_the_case on cases
    using ((select actor_has('service')) or case_id in (select my_cases()));
alter table absences enable row level security;
create policy those_on_the_case on absences
    using ((select actor_has('service')) or worker_id in (select director_id from cases));
alter table involvements enable row level security;
create policy those_on_the_case on involvements
    using ((select actor_has('service')) or case_id in (select my_cases()));

alter table needs enable row level security;
create policy the_team_and_those_on_the_case on needs using (
    (select actor_has('service'))
    or (select actor_has('volunteer_coordinator')) and team = (select actor_team())
    or case_id in (select my_cases()));
alter table matches enable row level security;
create policy the_team_and_those_on_the_case on matches using (
    (select actor_has('service'))
    or (select actor_has('volunteer_coordinator')) and team = (select actor_team())
    or case_id in (select my_cases()));

alter table volunteers enable row level security;
create policy coordinators_of_the_team on volunteers using (
    (select actor_has('service')) or (select actor_has('volunteer_coordinator')) and team = (select actor_team()));
alter table exclusions enable row level security;
create policy whoever_sees_the_volunteer on exclusions
    using (volunteer_id in (select volunteer_id from volunteers));
alter table answer_links enable row level security;
create policy the_service_itself on answer_links using ((select actor_has('service')));

-- The narrow window through which whoever may see a need sees every volunteer: a first name, the team, and the numbers
-- that decide; no family name, contact, home or household. It reads as the owner, so it asks for itself who may look.
create view standings as
select n.need_id,
       v.volunteer_id,
       v.given_name,
       v.team,
       v.state = 'active' as active,
       n.kind = any (v.kinds) as offers_kind,
       v.availability & n.availability as shared,
       n.language is null or n.language = any (v.languages) as speaks,
       v.certificate_valid_until,
       c.hours_week,
       c.reserved_hours,
       v.max_distance_m,
       (v.x - p.x)::bigint * (v.x - p.x) + (v.y - p.y)::bigint * (v.y - p.y) as distance_squared,
       v.reach @> box(point(p.x, p.y), point(p.x, p.y)) as in_reach,
       coalesce(v.household_id = n.household_id, false) as own_household,
       exists (select from exclusions e where e.volunteer_id = v.volunteer_id and e.household_id = n.household_id)
           as excluded,
       exists (select from matches m
               where m.need_id = n.need_id and m.volunteer_id = v.volunteer_id and m.state = 'declined')
           as declined_before,
       exists (select from matches m
               where m.volunteer_id = v.volunteer_id and m.household_id = n.household_id and m.starts_on is not null)
           as helped_before,
       n.certificate_required,
       n.hours_week as needed_hours
from needs n
left join places p on p.buurt = n.buurt
cross join volunteers v
join capacities c on c.volunteer_id = v.volunteer_id
where (select actor_has('service'))
   or (select actor_has('volunteer_coordinator')) and n.team = (select actor_team())
   or n.case_id in (select my_cases());

grant select, insert, update on places, cases, absences, volunteers, needs, matches to {role};
grant select, insert, delete on involvements, exclusions to {role};
grant select, insert (volunteer_id, hours_week), update (hours_week) on capacities to {role};
grant select, insert, update on answer_links to {role};
grant select on standings to {role};
