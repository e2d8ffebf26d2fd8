-- The statements of the access log.

-- name: record_look
-- Who saw what, in which relation, for which purpose, with which result.
insert into access_log (actor_id, roles, action, object_kind, object_id, household_id, relation, purpose, result)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: looks_after
-- The access log from a row on, oldest first, for the auditor.
select id, at, actor_id, roles, action, object_kind, object_id, household_id, relation, purpose, result
from access_log
where id > $1 and ($2::uuid is null or household_id = $2)
order by id
limit $3
