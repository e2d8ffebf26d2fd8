-- name: facts_of_household
-- What was told about a household, or about things that became part of its story, in the order it was told.
select type, body
from outbox
where household_id = $1 or aggregate_id = any($2::uuid[])
order by id
