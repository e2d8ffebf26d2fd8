-- The statements that keep who works with which household, as plan tells it. An older position never wins.

-- name: cases_opened
-- Cases that began, each with its director.
insert into cases (case_id, household_id, team, director_id, open, position)
select case_id, household_id, team, director_id, true, position
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[])
    as told (case_id, household_id, team, director_id, position)
on conflict (case_id) do nothing

-- name: directors_changed
-- Cases that went to another director; the last one told counts.
update cases c
set director_id = told.director_id, position = told.position
from (
    select distinct on (case_id) case_id, director_id, position
    from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as each (case_id, director_id, position)
    order by case_id, position desc
) told
where c.case_id = told.case_id and c.position < told.position

-- name: cases_closed
-- Cases that ended.
update cases c
set open = false, position = told.position
from unnest($1::uuid[], $2::bigint[]) as told (case_id, position)
where c.case_id = told.case_id and c.position < told.position

-- name: cases_erased
-- Cases of which nothing is left but that they were.
update cases set erased = true where case_id = any ($1::uuid[])

-- name: involvements_over
-- Nobody works on a case that ended.
delete from involvements where case_id = any ($1::uuid[])

-- name: involvements_added
-- Workers who joined a case.
insert into involvements (case_id, worker_id, position)
select case_id, worker_id, max(position)
from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as told (case_id, worker_id, position)
group by case_id, worker_id
on conflict (case_id, worker_id) do update
set position = greatest(involvements.position, excluded.position)

-- name: involvements_ended
-- Workers who left a case.
delete from involvements i
using unnest($1::uuid[], $2::uuid[], $3::bigint[]) as told (case_id, worker_id, position)
where i.case_id = told.case_id and i.worker_id = told.worker_id and i.position < told.position

-- name: absences_recorded
-- Workers who are away, and who acts for them.
insert into absences (absence_id, worker_id, deputy_id, starts_at, ends_at, position)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::bigint[])
on conflict (absence_id) do nothing

-- name: absences_ended
-- Workers who are back.
update absences a
set ends_at = told.ended_at, position = told.position
from unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) as told (absence_id, ended_at, position)
where a.absence_id = told.absence_id and a.position < told.position
