-- The statements of parking: events that could not be applied, and those behind them.

-- name: anything
-- Whether there ever was something set aside of this source.
select exists (select from parked where source = $1)

-- name: standing_of
-- What is already decided about the households and positions of a batch: open events block their household, dropped ones stay dropped.
select key, position, resolution
from parked
where source = $1
  and ((resolved_at is null and key = any ($2::uuid[]))
       or (resolution = 'dropped' and position = any ($3::bigint[])))

-- name: park
-- Set events aside; a replay may set one aside again that was applied before.
insert into parked (source, position, partition, key, type, body, reason, behind)
select $1, * from unnest($2::bigint[], $3::int[], $4::uuid[], $5::text[], $6::bytea[], $7::text[], $8::boolean[])
on conflict (source, position) do update
set reason = excluded.reason, behind = excluded.behind, attempts = parked.attempts + 1, parked_at = clock_timestamp(),
    retry_asked_at = null, resolution = null, resolved_at = null, decided_by = null
where parked.resolution = 'applied'

-- name: next_to_try
-- Of each household the first open event, when it only waited behind others or a person asked to try it again.
select position, partition, body
from (
    select distinct on (coalesce(key::text, position::text)) *
    from parked
    where source = $1 and partition = any ($2::int[]) and resolved_at is null
    order by coalesce(key::text, position::text), position
) as first_of_household
where behind or retry_asked_at is not null
order by position
limit 100

-- name: applied
-- The event took effect, in this transaction; no row when a person dropped it meanwhile.
update parked
set resolution = 'applied', resolved_at = clock_timestamp()
where source = $1 and position = $2 and resolved_at is null
returning true

-- name: failed_again
-- It could not be applied this time either: now it waits for a person, and its household behind it.
update parked
set reason = $3, behind = false, attempts = attempts + 1, retry_asked_at = null
where source = $1 and position = $2 and resolved_at is null

-- name: open_count
-- How many events wait.
select count(*) from parked where resolved_at is null

-- name: open_after
-- The events that wait, of one source after another, in order.
select source, position, partition, key, type, reason, behind, attempts, parked_at, retry_asked_at,
       resolution, resolved_at, dropped_because
from parked
where resolved_at is null and (source, position) > ($1, $2::bigint)
order by source, position
limit $3

-- name: one
-- One parked event, with what it says.
select source, position, partition, key, type, reason, behind, attempts, parked_at, retry_asked_at,
       resolution, resolved_at, dropped_because, body
from parked
where source = $1 and position = $2

-- name: one_for_update
-- The same, and nobody else decides about it meanwhile.
select source, position, partition, key, type, reason, behind, attempts, parked_at, retry_asked_at,
       resolution, resolved_at, dropped_because, body
from parked
where source = $1 and position = $2
for update

-- name: first_before
-- The first open event of the same household before this position.
select position
from parked
where source = $1 and key = $2 and position < $3 and resolved_at is null
order by position
limit 1

-- name: ask_retry
-- The reader that holds the partition will try it.
update parked
set retry_asked_at = clock_timestamp(), decided_by = $3
where source = $1 and position = $2

-- name: drop
-- It will never be applied; those behind it go on.
update parked
set resolution = 'dropped', resolved_at = clock_timestamp(), decided_by = $3, dropped_because = $4
where source = $1 and position = $2
