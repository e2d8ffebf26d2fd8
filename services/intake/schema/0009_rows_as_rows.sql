-- Questions that come in together go to PostgreSQL as lists of rows (docs/decisions/0079).
create type asked_question as (
    request_id   uuid,
    words        text,
    postcode     text,
    house_number int,
    addition     text
);
create type registered_request as (
    request_id     uuid,
    channel        text,
    state          text,
    team           text,
    buurt          text,
    reference      text,
    submitted_by   uuid,
    anonymous      boolean,
    received_at    timestamptz,
    receipt_due_at timestamptz,
    due_at         timestamptz
);
create type known_requester as (
    request_id  uuid,
    given_name  text,
    family_name text,
    relation    text,
    phone       text,
    email       text,
    birth_date  date
);
create type decided_request as (
    request_id   uuid,
    state        text,
    due_at       timestamptz,
    owner_id     uuid,
    urgency      text,
    weight       int,
    topics       text[],
    life_domains text[],
    safety       text,
    household_id uuid,
    legal_basis  text,
    answer_kind  text,
    contact      text,
    reason       text
);
