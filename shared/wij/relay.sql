-- The statements of the relay: numbering what was told, and copying it to the stream.

-- name: lead
-- Be the one relay of this service, if nobody is.
select pg_try_advisory_lock(hashtext($1), 0)

-- name: assign
-- Give what was committed its positions: the next numbers, in the order it was told, without gaps. Answers what got one.
with waiting as (
    delete from pending
    where id = any (array(select id from pending order by id limit $1)) -- by the index, whatever vacuum has left lying
    returning id
), numbered as (
    insert into log (position, outbox_id)
    select (select greatest((select max(position) from log), (select max(position) from salvage), 0))
           + row_number() over (order by id), id
    from waiting
    returning position, outbox_id
)
select n.position, o.event_id::text, o.type, o.subject, o.traceparent, o.body
from numbered n join outbox o on o.id = n.outbox_id
order by n.position

-- name: end_of_log
-- The last number given, and how many events wait for theirs.
select greatest((select max(position) from log), (select max(position) from salvage), 0) as position,
       (select count(*) from pending) as waiting

-- name: last_of_log
-- The last number given to an event of ours.
select coalesce(max(position), 0) from log

-- name: told_between
-- What the stream must hold at these positions, both included.
select position, event_id, type, subject, traceparent, body
from told
where position between $1 and $2
order by position

-- name: told_after
-- What was told after a position, for those who ask over HTTP.
select position, body
from told
where position > $1
order by position
limit $2

-- name: first_told_since
-- The first position of the events that are young enough to be in the stream.
select min(log.position)
from log join outbox on outbox.id = log.outbox_id
where outbox.told_at > clock_timestamp() - $1::interval

-- name: salvage
-- Keep what the stream held beyond the log, under its own number, and what is told in its place.
insert into salvage (position, subject, body, notice)
values ($1, $2, $3, $4)
on conflict do nothing
