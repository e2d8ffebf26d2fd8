-- The statements of the relay: numbering what was told, and copying it to the stream.

-- name: lead
-- Be the one relay of this service, if nobody is.
select pg_try_advisory_lock(hashtext($1), 0)

-- name: assign
-- Give what was committed its positions: the next numbers, in the order it was told, without gaps. Takes what was told
-- together as long as there are fewer than $1 events, so fewer mean that none is left. Answers what got a number.
with next as (
    select first
    from (
        select first, sum(cardinality(ids)) over (order by first) - cardinality(ids) as before
        from (select first, ids from pending order by first limit $1) oldest -- by the index, whatever vacuum has left lying
    ) oldest
    where before < $1
), waiting as (
    delete from pending
    where first = any (array(select first from next))
    returning first, ids
), in_order as (
    select one.id, row_number() over (order by waiting.first, one.n) as n
    from waiting cross join lateral unnest(waiting.ids) with ordinality as one (id, n)
), numbered as (
    insert into log (position, outbox_ids)
    select (select greatest((select max(position) from log), (select max(position) from salvage), 0)) + max(n),
           array_agg(id order by n)
    from in_order
    group by (n - 1) / 200
    returning position, outbox_ids
)
select numbered.position - cardinality(numbered.outbox_ids) + one.n as position,
       o.subject, o.body
from numbered cross join lateral unnest(numbered.outbox_ids) with ordinality as one (id, n)
cross join lateral (select * from outbox where id = one.id limit 1) o -- by the index, however large the planner thinks it is
order by 1

-- name: end_of_log
-- The last number given, and how many events wait for theirs.
select greatest((select max(position) from log), (select max(position) from salvage), 0) as position,
       (select coalesce(sum(cardinality(ids)), 0) from pending) as waiting

-- name: last_of_log
-- The last number given to an event of ours.
select coalesce(max(position), 0) from log

-- name: told_between
-- What the stream must hold at these positions, both included.
select position, subject, body
from told
where position between $1 and $2 and stretch between $1 and $2 + 199
order by position

-- name: told_after
-- What was told after a position, for those who ask over HTTP.
select position, body
from told
where position > $1 and stretch between $1 + 1 and $1 + $2 + 199 -- the limit, and as far as a stretch goes
order by position
limit $2

-- name: first_told_since
-- The first position of the events that are young enough to be in the stream. Looks back from the end of the log, as far
-- as the youngest stretch that is too old as a whole: how much lies before it does not matter.
select numbered.position
from numbered join outbox on outbox.id = numbered.outbox_id
where outbox.told_at > clock_timestamp() - $1::interval
  and numbered.stretch > coalesce((
      select log.position
      from log join outbox on outbox.id = log.outbox_ids[cardinality(log.outbox_ids)]
      where outbox.told_at <= clock_timestamp() - $1::interval
      order by log.position desc
      limit 1), 0)
order by numbered.stretch, numbered.position
limit 1

-- name: salvage
-- Keep what the stream held beyond the log, under its own number, and what is told in its place.
insert into salvage (position, subject, body, notice)
values ($1, $2, $3, $4)
on conflict do nothing
