-- The log of a service: what it told, the number each event got, how far it has read the others, and who looked.
-- Runs in the service's own schema, as its owner; `{role}` is the service's role, which may not change history.

create table outbox (
    id           bigint generated always as identity primary key,
    event_id     uuid not null unique,
    type         text not null,
    aggregate_id uuid not null,
    sequence     bigint not null check (sequence > 0),
    household_id uuid,
    subject      text not null,
    traceparent  text,
    body         bytea not null check (octet_length(body) <= 65536),
    told_at      timestamptz not null default clock_timestamp(),
    unique (aggregate_id, sequence)
);
create index outbox_of_household on outbox (household_id, id) where household_id is not null;

-- Events that have no position yet. Small for ever, so finding them never scans the outbox.
create table pending (id bigint primary key references outbox)
    with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The one number: position = stream sequence. Assigned once by the relay, kept for ever.
create table log (
    position  bigint primary key,
    outbox_id bigint not null unique references outbox
);

-- Events that the stream held beyond the log, after PostgreSQL was restored from an older backup (`wijd` adopts them).
-- They keep their numbers, so no number is used twice; a person looks at what they told.
create table salvage (
    position    bigint primary key,
    subject     text not null,
    body        bytea not null,
    salvaged_at timestamptz not null default clock_timestamp()
);

-- What the stream is an exact copy of.
create view told as
select log.position, outbox.event_id::text, outbox.type, outbox.subject, outbox.traceparent, outbox.body
from log join outbox on outbox.id = log.outbox_id
union all
select position, null, null, subject, null, body
from salvage;

-- How far this service has applied each partition of each source; moves in the transaction of the effects.
create table positions (
    source    text not null,
    partition int not null check (partition between 0 and 7),
    position  bigint not null default 0,
    primary key (source, partition)
);

-- Events that could not be applied, and those of the same household behind them, in order.
-- A person asks for a retry or drops one; the reader that holds the partition does the work, so nothing races.
create table parked (
    source          text not null,
    position        bigint not null,
    partition       int not null,
    key             uuid,
    type            text not null,
    body            bytea not null,
    reason          text not null,
    behind          boolean not null default false,
    attempts        int not null default 1,
    parked_at       timestamptz not null default clock_timestamp(),
    retry_asked_at  timestamptz,
    resolution      text check (resolution in ('applied', 'dropped')),
    resolved_at     timestamptz,
    decided_by      uuid,
    dropped_because text,
    primary key (source, position),
    check ((resolution is null) = (resolved_at is null)),
    check ((resolution is not distinct from 'dropped') = (dropped_because is not null))
);
create index parked_open on parked (source, key, position) where resolved_at is null;

-- Answers already given, by the caller's Idempotency-Key (P2).
create table answers (
    actor_id   uuid not null,
    key        text not null,
    digest     bytea not null,
    status     int,
    body       bytea,
    headers    jsonb,
    created_at timestamptz not null default clock_timestamp(),
    primary key (actor_id, key)
);
create index answers_by_age on answers (created_at);

-- Who looked at what, when and why: written in the transaction of the look (PRIV-05).
create table access_log (
    id           bigint generated always as identity primary key,
    at           timestamptz not null default clock_timestamp(),
    actor_id     uuid not null,
    roles        text not null,
    action       text not null,
    object_kind  text not null,
    object_id    uuid,
    household_id uuid,
    relation     text,
    purpose      text not null,
    result       text not null
);
create index access_log_of_household on access_log (household_id, id) where household_id is not null;

-- Row level security reads the actor of the transaction through these.
create function actor_id() returns uuid stable language sql
    return nullif(current_setting('wij.actor_id', true), '')::uuid;
create function actor_team() returns text stable language sql
    return nullif(current_setting('wij.team', true), '');
create function actor_has(wanted text) returns boolean stable language sql
    return wanted = any (string_to_array(coalesce(current_setting('wij.roles', true), ''), ','));

-- An answer may hold words about people: it is for who got it, and for the service that forgets it.
alter table answers enable row level security;
create policy own_answers on answers using (actor_id = actor_id() or (select actor_has('service')));

grant usage on schema {schema} to {role};
grant select, insert on outbox, log, salvage, access_log to {role};
grant select on told to {role};
grant select, insert, delete on pending to {role};
grant select, insert, update on positions, parked to {role};
grant select, insert, update, delete on answers to {role};
