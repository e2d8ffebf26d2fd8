-- The workers, as intake tells of them.

-- name: join
-- A worker belongs to this team from now on, with these roles, and to no other.
insert into workers (worker_id, team, roles, specialisms, caseload_limit, valid_from)
select worker_id, team, string_to_array(roles, ','), string_to_array(specialisms, ','), caseload_limit, valid_from
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[])
    as t (worker_id, team, roles, specialisms, caseload_limit, valid_from)
on conflict (worker_id) do update set
    team = excluded.team, roles = excluded.roles, specialisms = excluded.specialisms,
    caseload_limit = excluded.caseload_limit, valid_from = excluded.valid_from, valid_until = null

-- name: leave
-- A worker no longer works in the team, unless another team took them on meanwhile.
update workers set valid_until = t.valid_until
from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as t (worker_id, team, valid_until)
where workers.worker_id = t.worker_id and workers.team = t.team

-- name: lock_workers
-- Hold these workers' rows: two absences that touch one worker are decided one after the other.
select worker_id from workers where worker_id = any ($1::uuid[]) order by worker_id for update

-- name: colleagues_of_teams
-- Everybody who works in these teams at a moment, with their load and whether they are away.
select w.worker_id, w.team, w.roles, w.specialisms, w.caseload_limit, caseload(w.worker_id) as caseload,
       exists (select from absences a where a.worker_id = w.worker_id and a.period @> $2::timestamptz) as absent
from workers w
where w.team = any ($1::text[]) and w.valid_from <= $2 and (w.valid_until is null or $2 < w.valid_until)

-- name: colleague
-- One worker, if they work in some team at a moment.
select w.worker_id, w.team, w.roles, w.specialisms, w.caseload_limit, caseload(w.worker_id) as caseload,
       exists (select from absences a where a.worker_id = w.worker_id and a.period @> $2::timestamptz) as absent
from workers w
where w.worker_id = $1 and w.valid_from <= $2 and (w.valid_until is null or $2 < w.valid_until)
