-- Intake: requests and their words, households and their people, teams and their areas.
-- Runs in the service's own schema, as its owner; `{role}` is the service's role, subject to row level security.

-- Policy, as data a municipality can change ------------------------------------------------------------------------

-- Within which time what must have happened (PRIV-14), counted as a Dutch municipality counts.
create table terms (
    code    text primary key,
    amount  int not null check (amount >= 0),
    unit    text not null check (unit in ('working_days', 'calendar_days', 'weeks')),
    meaning text not null
);
insert into terms (code, amount, unit, meaning) values
    ('receipt', 2, 'working_days', 'the requester has a receipt'),
    ('first_contact', 5, 'working_days', 'somebody has asked what the question behind the question is'),
    ('investigation', 6, 'weeks', 'the investigation is done, counted from the question (Wmo 2015, 2.3.2)'),
    ('waiting', 6, 'weeks', 'a household on the waiting list is taken up'),
    ('opening', 1, 'working_days', 'an accepted request has become a case'),
    ('acute', 0, 'working_days', 'somebody acts on an acute question: the same working day');

-- Teams, their areas, and who works there --------------------------------------------------------------------------

create table teams (
    code        text primary key check (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    team_id     uuid not null unique,
    name        text not null,
    active_from timestamptz not null,
    fallback    text references teams check (fallback <> code)
);

create table buurten (
    code         text primary key check (code ~ '^BU[0-9]{8}$'),
    name         text not null,
    wijk         text,
    municipality text,
    x            int,
    y            int,
    check ((x is null) = (y is null))
);

create table postcodes (
    postcode text primary key check (postcode ~ '^[1-9][0-9]{3}[A-Z]{2}$'),
    buurt    text not null references buurten
);

-- I16: at any instant a neighbourhood belongs to one team, so no two periods of a neighbourhood overlap.
create table team_areas (
    buurt  text not null references buurten,
    team   text not null references teams,
    period tstzrange not null check (not isempty(period) and not lower_inf(period)),
    primary key (buurt, period),
    constraint one_team_per_buurt exclude using gist (buurt with =, period with &&)
);
create index team_areas_of_team on team_areas (team);

create table workers (
    worker_id      uuid primary key,
    team           text not null references teams,
    roles          text[] not null,
    specialisms    text[] not null,
    caseload_limit int not null check (caseload_limit >= 0),
    name           text not null,
    email          text not null,
    valid_from     timestamptz not null
);
create index workers_of_team on workers (team, worker_id);

create table contacts (
    code          text primary key check (code ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
    name          text not null,
    kind          text not null,
    team          text references teams,
    topics        text[] not null,
    phone         text,
    email         text,
    opening_hours text,
    active        boolean not null
);

-- Who works with which household: projected from plan, never decided here ------------------------------------------

create table cases (
    case_id      uuid primary key,
    household_id uuid not null,
    team         text not null,
    director_id  uuid not null,
    open         boolean not null,
    position     bigint not null
);
create index cases_of_household on cases (household_id, open desc, position desc);

create table involvements (
    case_id   uuid not null references cases,
    worker_id uuid not null,
    position  bigint not null,
    primary key (case_id, worker_id)
);

create table absences (
    absence_id uuid primary key,
    worker_id  uuid not null,
    deputy_id  uuid not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz,
    position   bigint not null
);
create index absences_of_worker on absences (worker_id);

-- Households and their people --------------------------------------------------------------------------------------

create table households (
    household_id  uuid primary key,
    version       int not null default 1,
    postcode      text not null references postcodes,
    house_number  int not null check (house_number > 0),
    addition      text,
    buurt         text not null references buurten,
    team          text not null references teams,
    registered_by uuid not null,
    registered_at timestamptz not null
);
create index households_at_address on households (postcode, house_number);

create table persons (
    person_id        uuid primary key,
    given_name       text not null,
    family_name      text not null,
    birth_date       date,
    phone            text,
    email            text,
    died_on          date,
    suppressed_since timestamptz
);
create index persons_by_birth_date on persons (birth_date);

-- I14: a person has at most one primary household at any instant; secondary ones may stand beside it (co-parenting).
create table memberships (
    household_id uuid not null references households,
    person_id    uuid not null references persons,
    kind         text not null check (kind in ('primary', 'secondary')),
    period       daterange not null check (not isempty(period) and not lower_inf(period)),
    primary key (household_id, person_id, period),
    constraint one_primary_household exclude using gist (person_id with =, period with &&) where (kind = 'primary'),
    constraint once_per_household exclude using gist (household_id with =, person_id with =, period with &&)
);
create index memberships_of_person on memberships (person_id);

-- Requests ---------------------------------------------------------------------------------------------------------

-- What was asked, in the asker's own words, and from where. It comes first: a request refers to it (S2-8).
create table questions (
    request_id   uuid primary key,
    words        text not null check (btrim(words) <> ''),
    postcode     text not null,
    house_number int not null,
    addition     text
);

-- The request without its words: codes, dates and ids, so that a coordinator can keep the worklist.
create table help_requests (
    request_id     uuid primary key references questions,
    channel        text not null
        check (channel in ('stip', 'cjg', 'zorgloket', 'website', 'wij_location', 'partner', 'signal')),
    state          text not null check (state in
        ('received', 'clarifying', 'answered', 'accepted', 'waiting', 'case_opened', 'attached', 'withdrawn')),
    team           text not null references teams,
    buurt          text references buurten,
    reference      text,
    submitted_by   uuid not null,
    anonymous      boolean not null,
    received_at    timestamptz not null,
    receipt_due_at timestamptz not null,
    due_at         timestamptz,
    owner_id       uuid,
    urgency        text check (urgency in ('low', 'normal', 'high', 'acute')),
    weight         int not null default 0,
    topics         text[] not null default '{}',
    life_domains   text[] not null default '{}',
    safety         text check (safety in ('none', 'concern', 'acute')),
    household_id   uuid references households,
    legal_basis    text,
    answer_kind    text,
    contact        text,
    reason         text,
    case_id        uuid,
    version        int not null default 1,
    -- I17: a request that has not ended stands on a team's worklist, with a date.
    constraint on_a_worklist check
        (state in ('answered', 'withdrawn', 'case_opened', 'attached') or due_at is not null),
    constraint ended_without_date check
        (state not in ('answered', 'withdrawn', 'case_opened', 'attached') or due_at is null),
    -- I18: nobody waits or is accepted before the safety check; acute never waits.
    constraint safety_first check (state not in ('waiting', 'accepted') or safety is not null),
    constraint acute_never_waits check (state <> 'waiting' or (safety <> 'acute' and urgency <> 'acute')),
    constraint clear_before_accepted check
        (state not in ('waiting', 'accepted')
            or (urgency is not null and household_id is not null and legal_basis is not null and owner_id is not null))
);
create unique index one_request_per_reference on help_requests (channel, reference) where reference is not null;
create index help_requests_of_team on help_requests (team, state);
create index help_requests_of_household on help_requests (household_id) where household_id is not null;
create index help_requests_submitted_by on help_requests (submitted_by);

-- Who asked; no row for somebody who wants to stay unknown.
create table requesters (
    request_id  uuid primary key references questions,
    given_name  text not null,
    family_name text not null,
    relation    text not null,
    phone       text,
    email       text,
    birth_date  date
);

-- What workers wrote along the way.
create table request_notes (
    note_id    uuid primary key,
    request_id uuid not null references questions,
    step       text not null check (step in ('clarification', 'safety_check', 'answer')),
    words      text not null,
    written_by uuid not null,
    written_at timestamptz not null
);
create index request_notes_of_request on request_notes (request_id, note_id);
