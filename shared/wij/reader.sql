-- The statements of a reader: which partitions it holds, and how far each has been applied.
-- Lock keys are (hash of the reader's name, n): n 0 to 7 is a partition, n 8 is held by every replica together.

-- name: join
-- Be one of the replicas that read this source.
select pg_advisory_lock_shared(hashtext($1), 8)

-- name: holders
-- How many replicas read this source, and which partitions somebody holds.
select count(*) filter (where objid = 8) as replicas,
       coalesce(array_agg(objid::int) filter (where objid < 8), '{}') as taken
from pg_locks
where locktype = 'advisory' and granted and objsubid = 2 and classid = hashtext($1)::oid
  and database = (select oid from pg_database where datname = current_database())

-- name: take
-- Hold a partition, if nobody does.
select pg_try_advisory_lock(hashtext($1), $2)

-- name: give_back
-- Let another replica have a partition.
select pg_advisory_unlock(hashtext($1), $2)

-- name: begin
-- A partition that was never read starts at the beginning.
insert into positions (source, partition)
select $1, unnest($2::int[])
on conflict do nothing

-- name: positions
-- How far these partitions have been applied.
select partition, position
from positions
where source = $1 and partition = any ($2::int[])

-- name: move
-- Move every partition held here, from exactly where we left it.
update positions
set position = greatest(positions.position, $4)
from unnest($2::int[], $3::bigint[]) as left_at (partition, position)
where positions.source = $1
  and positions.partition = left_at.partition
  and positions.position = left_at.position

-- name: all_positions
-- How far this service has applied each partition of each source, for those who watch.
select source, partition, position
from positions
order by source, partition
