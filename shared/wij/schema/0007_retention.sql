-- How long what is about people is kept, and what must stay longer (PRIV-11, `erasure.py`).

-- The terms of this service; each is put here by the service that erases by it. A municipality changes them as data.
create table retention (
    code    text primary key,
    keep    interval not null check (keep > interval '0'),
    meaning text not null
);
create function kept_since(wanted text) returns timestamptz stable language sql as $$
    select now() - keep from retention where code = wanted
$$;

-- What is not erased up to and on a day, whatever its term says: a complaint, a case in court.
create table holds (
    about   uuid primary key, -- a request, household, case or volunteer
    until   date not null,
    because text not null check (btrim(because) <> '')
);
alter table holds enable row level security;
create policy ours on holds using ((select actor_has('service')));
create view held as
select about from holds where until >= (now() at time zone 'Europe/Amsterdam')::date;

grant select on retention to {role};
grant select, insert, update, delete on holds to {role};
