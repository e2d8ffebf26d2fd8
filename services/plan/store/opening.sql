-- Opening a household's one case, or joining it.

-- name: know_households
-- A row to lock for each household.
insert into households (household_id) select distinct unnest($1::uuid[]) on conflict do nothing

-- name: lock_households
-- Hold these households: nobody else opens a case for them meanwhile (I1).
select household_id from households where household_id = any ($1::uuid[]) order by household_id for update

-- name: open_cases_of_households
-- Which open cases there are, to lock.
select case_id from cases where household_id = any ($1::uuid[]) and state in ('open', 'on_hold')

-- name: known_requests
-- Which of these requests a case answers already.
select request_id from case_requests where request_id = any ($1::uuid[])

-- name: last_ends
-- When the last case of each household ended.
select household_id, max(closed_at) as closed_at from cases
where household_id = any ($1::uuid[]) and state = 'closed'
group by household_id

-- name: open_cases
-- New cases, each with its first director.
with opened as (
    insert into cases (case_id, household_id, household_version, buurt, team, state, director_id, epoch, opened_from, opened_at)
    select case_id, household_id, household_version, buurt, team, 'open', director_id, 1, opened_from, opened_at
    from unnest($1::opened_case[])
)
insert into director_periods (case_id, epoch, household_id, director_id, period, reason)
select case_id, 1, household_id, director_id, tstzrange(opened_at, null), reason
from unnest($1::opened_case[])

-- name: attach_requests
-- These requests are answered by these cases.
insert into case_requests (request_id, case_id, attached_at)
select request_id, case_id, $3 from unnest($1::uuid[], $2::uuid[]) as t (request_id, case_id)
