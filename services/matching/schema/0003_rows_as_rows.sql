-- Needs and proposals go to PostgreSQL as lists of rows (docs/decisions/0079).
create type told_need as (
    need_id              uuid,
    case_id              uuid,
    household_id         uuid,
    team                 text,
    consent_id           uuid,
    kind                 text,
    buurt                text,
    availability         bigint,
    hours_week           int,
    language             text,
    certificate_required boolean,
    starts_on            date,
    consent_until        date,
    requested_at         timestamptz
);
create type proposed_match as (
    match_id        uuid,
    need_id         uuid,
    case_id         uuid,
    household_id    uuid,
    team            text,
    volunteer_id    uuid,
    hours_week      int,
    state           text,
    proposed_at     timestamptz,
    due_at          timestamptz,
    score           jsonb,
    weights_version int
);
