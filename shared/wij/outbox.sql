-- The statements of the outbox: what a service has told, in the order it was told.

-- name: last_sequences
-- How far each of these aggregates has counted.
select aggregate_id, max(sequence) as sequence
from outbox
where aggregate_id = any($1::uuid[])
group by aggregate_id

-- name: append
-- Write a batch of events, and mark each as waiting for its position.
with told as (
    insert into outbox (event_id, type, aggregate_id, sequence, household_id, subject, traceparent, body)
    select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::bytea[])
    returning id
)
insert into pending (id) select id from told
