-- What may be shared and on which basis, and what the household asks of its neighbours.

create table consents (
    consent_id     uuid primary key,
    case_id        uuid not null references cases,
    person_id      uuid,
    legal_basis    text not null check (legal_basis in ('consent', 'legal_duty', 'public_task', 'vital_interest')),
    purpose        text not null,
    recipient_kind text not null,
    scope          text[] not null check (cardinality(scope) > 0),
    until          date not null,
    how            text not null,
    given_at       timestamptz not null,
    withdrawn_at   timestamptz
);
create index consents_of_case on consents (case_id);

create table support_needs (
    need_id              uuid primary key,
    case_id              uuid not null references cases,
    action_id            uuid not null references actions,
    consent_id           uuid not null references consents,
    kind                 text not null,
    availability         bigint not null check (availability > 0 and availability < 1::bigint << 56),
    hours_week           int not null check (hours_week between 1 and 40),
    language             text,
    certificate_required boolean not null,
    starts_on            date not null,
    state                text not null check (state in ('open', 'matched', 'running', 'fulfilled', 'withdrawn', 'ended')),
    requested_at         timestamptz not null
);
-- An action asks for help once at a time.
create unique index one_need_per_action on support_needs (action_id) where state in ('open', 'matched', 'running');
create index needs_of_case on support_needs (case_id);
