-- What a batch of events leads to goes to PostgreSQL as lists of rows (docs/decisions/0079).
create type planned_notification as (
    id             uuid,
    cause_id       uuid,
    correlation_id text,
    traceparent    text,
    channel        text,
    template       text,
    recipient      text,
    recipient_role text,
    recipient_kind text,
    recipient_id   uuid,
    team           text,
    about_kind     text,
    about_id       uuid,
    household_id   uuid,
    case_id        uuid,
    facts          jsonb,
    due_at         timestamptz,
    valid_until    timestamptz,
    ends_with_case boolean
);
create type started_term as (
    id             uuid,
    term           text,
    subject_id     uuid,
    household_id   uuid,
    case_id        uuid,
    team           text,
    due_at         timestamptz,
    cause_id       uuid,
    correlation_id text,
    traceparent    text
);
create type ended_term as (
    id             uuid,
    term           text,
    subject_id     uuid,
    team           text,
    closed_at      timestamptz,
    closed_by      text,
    cause_id       uuid,
    correlation_id text,
    traceparent    text
);
create type coming_moment as (
    deadline_id uuid,
    threshold   text,
    kind        text,
    at          timestamptz
);
