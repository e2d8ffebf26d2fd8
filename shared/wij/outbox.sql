-- The statements of the outbox: what a service has told, in the order it was told.

-- name: last_sequences
-- How far each of these aggregates has counted.
select aggregate_id, max(sequence) as sequence
from outbox
where aggregate_id = any($1::uuid[])
group by aggregate_id

-- name: append
-- Write a batch of events, and that they wait for their positions.
with told as (
    insert into outbox (type, aggregate_id, sequence, household_id, subject, body)
    select * from unnest($1::told_event[])
    returning id
)
insert into pending (first, ids) select min(id), array_agg(id order by id) from told
