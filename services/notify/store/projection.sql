-- What notify remembers of the other services, set by set.

-- name: remember_cases
-- Cases that opened; one that is known stays as it is.
insert into cases (case_id, household_id, team, director_id)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[])
on conflict (case_id) do nothing

-- name: remember_directors
-- Who directs these cases from now on.
update cases c set director_id = d.director_id
from unnest($1::uuid[], $2::uuid[]) as d (case_id, director_id)
where c.case_id = d.case_id

-- name: forget_cases
-- Cases that closed.
update cases c set closed_at = d.closed_at
from unnest($1::uuid[], $2::timestamptz[]) as d (case_id, closed_at)
where c.case_id = d.case_id

-- name: remember_involvements
-- Workers who joined a case.
insert into involvements (case_id, worker_id)
select * from unnest($1::uuid[], $2::uuid[])
on conflict do nothing

-- name: forget_involvements
-- Workers who left a case.
delete from involvements i
using unnest($1::uuid[], $2::uuid[]) as gone (case_id, worker_id)
where i.case_id = gone.case_id and i.worker_id = gone.worker_id

-- name: remember_absences
-- Who acts for whom, and from when.
insert into absences (absence_id, worker_id, deputy_id, starts_at, ends_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
on conflict (absence_id) do nothing

-- name: end_absences
-- Until when they act.
update absences a set ends_at = e.ends_at
from unnest($1::uuid[], $2::timestamptz[]) as e (absence_id, ends_at)
where a.absence_id = e.absence_id

-- name: remember_matches
-- Which volunteer a match is about.
insert into matches (match_id, volunteer_id)
select * from unnest($1::uuid[], $2::uuid[])
on conflict (match_id) do nothing

-- name: remember_needs
-- What kind of help a need asks for.
insert into needs (need_id, kind, hours_week)
select * from unnest($1::uuid[], $2::text[], $3::int[])
on conflict (need_id) do nothing

-- name: known_cases
-- These cases, and the open case of these households, with everybody who works on them.
select c.case_id, c.household_id, c.director_id, c.closed_at,
       array(select i.worker_id from involvements i where i.case_id = c.case_id) as involved
from cases c
where c.case_id = any($1::uuid[]) or (c.household_id = any($2::uuid[]) and c.closed_at is null)

-- name: known_absences
-- When somebody acted for these workers.
select absence_id, worker_id, deputy_id, starts_at, ends_at
from absences
where worker_id = any($1::uuid[])
order by starts_at desc

-- name: known_matches
-- Who these matches are about.
select match_id, volunteer_id from matches where match_id = any($1::uuid[])

-- name: known_needs
-- What these needs ask for.
select need_id, kind, hours_week from needs where need_id = any($1::uuid[])
