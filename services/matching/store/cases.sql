-- Who may know of a case: the projection of plan's facts about directors, deputies and involved workers.

-- name: open_cases
-- A case began, with its director; seen again, nothing changes.
insert into cases (case_id, household_id, team, director_id)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[])
on conflict (case_id) do nothing

-- name: direct_cases
-- The direction went to another worker; of several in one batch the last counts.
update cases c
set director_id = last.director_id
from (select distinct on (case_id) case_id, director_id
      from unnest($1::uuid[], $2::uuid[]) with ordinality as told (case_id, director_id, place)
      order by case_id, place desc) last
where c.case_id = last.case_id

-- name: close_cases
-- These cases ended.
update cases
set closed = true
where case_id = any($1::uuid[])

-- name: involve
-- Workers joined cases.
insert into involvements (case_id, worker_id)
select * from unnest($1::uuid[], $2::uuid[])
on conflict do nothing

-- name: end_involvements
-- Workers left cases.
delete from involvements i
using unnest($1::uuid[], $2::uuid[]) as told (case_id, worker_id)
where i.case_id = told.case_id and i.worker_id = told.worker_id

-- name: record_absences
-- Workers are away, and somebody acts for them.
insert into absences (absence_id, worker_id, deputy_id, starts_at, ends_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
on conflict (absence_id) do nothing

-- name: end_absences
-- Workers are back.
update absences a
set ends_at = told.ended_at
from unnest($1::uuid[], $2::timestamptz[]) as told (absence_id, ended_at)
where a.absence_id = told.absence_id

-- name: people_of_case
-- The director, who acts for them now, and who else works on the case.
select array(select director_id from cases where case_id = $1
             union
             select a.deputy_id
             from cases c
             join absences a on a.worker_id = c.director_id
             where c.case_id = $1 and a.starts_at <= now() and (a.ends_at is null or a.ends_at > now())) as directors,
       array(select worker_id from involvements where case_id = $1) as involved

-- name: cases_of_household
-- The cases of a household that the actor may know of, the latest first.
select case_id, team
from cases
where household_id = $1
order by closed, case_id desc
