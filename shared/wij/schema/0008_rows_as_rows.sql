-- What is written most goes to PostgreSQL as a list of rows, each of such a type: a list for every column costs the client
-- more than twice as much, and the server half as much again (docs/decisions/0079).
create type told_event as (
    type         text,
    aggregate_id uuid,
    sequence     bigint,
    household_id uuid,
    subject      text,
    body         bytea
);
create type look as (
    action       text,
    object_kind  text,
    object_id    uuid,
    household_id uuid,
    relation     text,
    purpose      text,
    result       text
);
