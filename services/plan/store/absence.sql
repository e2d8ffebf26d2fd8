-- Who is away, and who stands in.

-- name: absence
-- One absence, for who works in that team.
select absence_id, worker_id, deputy_id, team, starts_at, ends_at, ended_at from absences where absence_id = $1

-- name: around
-- Absences in which one of these workers has a part.
select absence_id, worker_id, deputy_id, team, starts_at, ends_at, ended_at from absences
where worker_id = any ($1::uuid[]) or deputy_id = any ($1::uuid[])

-- name: record
-- A worker is away and another stands in.
insert into absences (absence_id, worker_id, deputy_id, team, starts_at, ends_at) values ($1, $2, $3, $4, $5, $6)

-- name: record_parts
-- The two parts in it: nobody is away and standing in at once (I6).
insert into absence_parts (absence_id, worker_id, part, starts_at, ends_at)
values ($1, $2, 'absent', $4, $5), ($1, $3, 'deputy', $4, $5)

-- name: end_absence
-- The absence ends at this moment.
update absences set ends_at = $2, ended_at = $3 where absence_id = $1

-- name: end_parts
-- Both parts end with it.
update absence_parts set ends_at = $2 where absence_id = $1
