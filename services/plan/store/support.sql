-- What the household asks of its neighbours.

-- name: case_of
-- Of which case this need is, to lock before reading on.
select case_id from support_needs where need_id = $1

-- name: need
-- One need.
select * from support_needs where need_id = $1

-- name: needs_of_case
-- All needs of a case.
select * from support_needs where case_id = $1 order by requested_at, need_id

-- name: request
-- New needs.
insert into support_needs (need_id, case_id, action_id, consent_id, kind, availability, hours_week, language,
                           certificate_required, starts_on, state, requested_at)
select *, 'open', $2 from unnest($1::requested_need[])

-- name: withdraw
-- The household no longer asks for these.
update support_needs set state = 'withdrawn' where need_id = any ($1::uuid[])

-- name: follow
-- How these needs fare, as matching tells; what is over here stays so.
update support_needs set state = t.state
from unnest($1::uuid[], $2::text[]) as t (need_id, state)
where support_needs.need_id = t.need_id and support_needs.state in ('open', 'matched', 'running')
