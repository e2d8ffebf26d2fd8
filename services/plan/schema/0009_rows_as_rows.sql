-- What a batch of cases leads to goes to PostgreSQL as lists of rows (docs/decisions/0079).
create type opened_case as (
    case_id           uuid,
    household_id      uuid,
    household_version int,
    buurt             text,
    team              text,
    director_id       uuid,
    opened_from       uuid,
    opened_at         timestamptz,
    reason            text
);
create type written_goal as (
    plan_id                 uuid,
    case_id                 uuid,
    place                   int,
    goal_id                 uuid,
    wish                    text,
    life_domain             text,
    own_strength            text,
    network                 text,
    executor_kind           text,
    own_strength_considered text,
    informal_skipped_reason text
);
create type agreed_plan as (
    plan_id uuid,
    version int,
    by      text,
    role    text,
    method  text,
    day     date
);
create type agreed_action as (
    action_id  uuid,
    plan_id    uuid,
    case_id    uuid,
    goal_id    uuid,
    what       text,
    owner_kind text,
    owner_id   uuid,
    due_at     timestamptz
);
create type given_consent as (
    consent_id     uuid,
    case_id        uuid,
    person_id      uuid,
    legal_basis    text,
    purpose        text,
    recipient_kind text,
    scope          text[],
    until          date,
    how            text
);
create type requested_need as (
    need_id              uuid,
    case_id              uuid,
    action_id            uuid,
    consent_id           uuid,
    kind                 text,
    availability         bigint,
    hours_week           int,
    language             text,
    certificate_required boolean,
    starts_on            date
);
