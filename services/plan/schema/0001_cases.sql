-- The household's one case, who directs it at each instant, and who stands in or helps.

-- The roster, as intake tells it. One row per worker: a worker belongs to one team at a time.
create table workers (
    worker_id      uuid primary key,
    team           text not null,
    roles          text[] not null,
    specialisms    text[] not null,
    caseload_limit int not null check (caseload_limit >= 0),
    valid_from     timestamptz not null,
    valid_until    timestamptz
);
create index workers_of_team on workers (team);

-- Nothing but a row to lock: whoever opens a household's case holds it (I1).
create table households (household_id uuid primary key);

create table cases (
    case_id           uuid primary key,
    household_id      uuid not null references households,
    household_version int not null,
    buurt             text not null,
    team              text not null,
    state             text not null check (state in ('open', 'on_hold', 'closed')),
    director_id       uuid not null,
    epoch             int not null check (epoch >= 1),
    opened_from       uuid not null,
    opened_at         timestamptz not null,
    closed_at         timestamptz,
    close_reason      text,
    close_note        text,
    check ((state = 'closed') = (closed_at is not null)),
    check ((state = 'closed') = (close_reason is not null))
);
-- I1: at most one case of a household is not closed.
create unique index one_open_case_per_household on cases (household_id) where state in ('open', 'on_hold');
create index cases_of_household on cases (household_id, opened_at);
create index cases_of_director on cases (director_id, case_id);
create index cases_of_team on cases (team, case_id);

-- Each help request that the case answers; a request is answered once.
create table case_requests (
    request_id  uuid primary key,
    case_id     uuid not null references cases,
    attached_at timestamptz not null
);
create index requests_of_case on case_requests (case_id);

-- Who directed when. `epoch` counts the directors of a case; every switch names the epoch it saw.
create table director_periods (
    case_id      uuid not null references cases,
    epoch        int not null,
    household_id uuid not null,
    director_id  uuid not null,
    period       tstzrange not null check (not isempty(period) and not lower_inf(period)),
    reason       text not null,
    handover_id  uuid,
    primary key (case_id, epoch),
    -- I2, P3: never two directors for a household at one instant.
    constraint one_director_at_a_time exclude using gist (household_id with =, period with &&)
);

-- I2, the other half: no gap. At commit the periods of a case cover its open time exactly, and the last is the director's.
create function director_at_every_instant() returns trigger
    language plpgsql security definer set search_path = {schema}, extensions, pg_temp as $$
begin
    if not exists (
        select from cases c
        where c.case_id = new.case_id
          and tstzmultirange(tstzrange(c.opened_at, c.closed_at))
              = (select range_agg(p.period) from director_periods p where p.case_id = c.case_id)
          and exists (
              select from director_periods p
              where p.case_id = c.case_id and p.epoch = c.epoch and p.director_id = c.director_id
                and upper(p.period) is not distinct from c.closed_at
          )
    ) then
        raise exception 'case % has an instant without exactly one director', new.case_id
            using errcode = 'integrity_constraint_violation', constraint = 'director_at_every_instant';
    end if;
    return null;
end $$;
create constraint trigger director_at_every_instant after insert or update on cases
    deferrable initially deferred for each row execute function director_at_every_instant();
create constraint trigger director_at_every_instant after insert or update on director_periods
    deferrable initially deferred for each row execute function director_at_every_instant();

create table involvements (
    case_id   uuid not null references cases,
    worker_id uuid not null,
    role      text not null,
    since     timestamptz not null,
    until     timestamptz,
    primary key (case_id, worker_id, since)
);
create unique index involved_once on involvements (case_id, worker_id) where until is null;
create index involvements_of_worker on involvements (worker_id) where until is null;

create table handovers (
    handover_id       uuid primary key,
    case_id           uuid not null references cases,
    from_id           uuid not null,
    to_id             uuid not null check (to_id <> from_id),
    epoch             int not null,
    note              text,
    state             text not null check (state in ('offered', 'accepted', 'declined', 'revoked', 'expired')),
    offered_at        timestamptz not null,
    due_at            timestamptz not null,
    answered_at       timestamptz,
    reason            text,
    over_limit_reason text,
    check ((state = 'offered') = (answered_at is null))
);
create unique index one_offer_per_case on handovers (case_id) where state = 'offered';
create index handovers_to on handovers (to_id, handover_id);
create index handovers_from on handovers (from_id, handover_id);

create table absences (
    absence_id uuid primary key,
    worker_id  uuid not null,
    deputy_id  uuid not null check (deputy_id <> worker_id),
    team       text not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz,
    ended_at   timestamptz,
    period     tstzrange not null generated always as (tstzrange(starts_at, ends_at)) stored,
    -- A worker is away once at a time.
    constraint absent_once exclude using gist (worker_id with =, period with &&)
);
create index absences_of_deputy on absences (deputy_id);

-- I6: who stands in is there. A worker is never away and standing in for somebody at the same instant.
create table absence_parts (
    absence_id uuid not null references absences,
    worker_id  uuid not null,
    part       text not null check (part in ('absent', 'deputy')),
    starts_at  timestamptz not null,
    ends_at    timestamptz,
    period     tstzrange not null generated always as (tstzrange(starts_at, ends_at)) stored,
    primary key (absence_id, part),
    constraint deputy_is_there exclude using gist (worker_id with =, part with <>, period with &&)
);
