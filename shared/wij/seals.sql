-- The statements that seal the access log, and look whether it is as it was sealed.

-- name: written
-- The last look on record, and who is writing looks now: they may be about to commit an earlier one.
select (select max(id) from access_log) as upto,
       array(select virtualtransaction from pg_locks
             where relation = 'access_log'::regclass and mode = 'RowExclusiveLock') as writers

-- name: still_writing
-- Which of these are not done yet.
select array(select virtualtransaction from pg_locks
             where relation = 'access_log'::regclass and mode = 'RowExclusiveLock'
               and virtualtransaction = any($1::text[]))

-- name: last
-- The last seal.
select number, upto, digest from seals order by number desc limit 1

-- name: digest
-- Of the looks after one and up to another, and of the digest before them. Spelled out here, and no function of the database,
-- since who owns that could replace it. A later column is left out, so it breaks no old seal.
select max(id) as upto, count(*) as looks,
       sha256($1::bytea || string_agg(sha256(convert_to(json_build_array(
           id, extract(epoch from at), actor_id, roles, action, object_kind, object_id, household_id, relation, purpose, result
       )::text, 'UTF8')), ''::bytea order by id)) as digest
from (select * from access_log where id > $2 and id <= $3 order by id limit $4) looks

-- name: seal
-- A seal; whoever comes second with its number has nothing to do.
insert into seals (number, upto, looks, digest) values ($1, $2, $3, $4)
on conflict do nothing
returning number

-- name: seals
-- Every seal.
select number, upto, looks, digest from seals order by number

-- name: unsealed
-- How many looks wait for their seal.
select count(*) from access_log where id > $1
