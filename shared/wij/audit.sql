-- The statements of the access log.

-- name: record_looks
-- Who saw what, in which relation, for which purpose, with which result; in this order.
insert into access_log (actor_id, roles, action, object_kind, object_id, household_id, relation, purpose, result)
select $1, $2, * from unnest($3::look[])

-- name: looks_after
-- The access log from a row on, oldest first, for the auditor.
select id, at, actor_id, roles, action, object_kind, object_id, household_id, relation, purpose, result
from access_log
where id > $1 and ($2::uuid is null or household_id = $2)
order by id
limit $3
