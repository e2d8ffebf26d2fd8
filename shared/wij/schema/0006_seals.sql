-- Seals on the record of who looked (P10, `seals.py`): each covers the looks after the one before it, and that one's digest.
create table seals (
    number    bigint primary key check (number > 0),
    upto      bigint not null unique, -- the last look it covers
    looks     bigint not null check (looks > 0),
    digest    bytea not null check (octet_length(digest) = 32),
    sealed_at timestamptz not null default clock_timestamp()
);
grant select, insert on seals to {role};
