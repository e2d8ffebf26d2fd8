-- Who works on a case beside the director.

-- name: add_involvement
-- A colleague joins.
insert into involvements (case_id, worker_id, role, since) values ($1, $2, $3, $4)

-- name: end_involvement
-- A colleague leaves.
update involvements set until = $3 where case_id = $1 and worker_id = $2 and until is null

-- name: end_involvements
-- Everybody leaves: the case is closed.
update involvements set until = $2 where case_id = $1 and until is null

-- name: involvements
-- Who is and was involved.
select case_id, worker_id, role, since, until from involvements where case_id = $1 order by since, worker_id

-- name: involvement
-- The last involvement of one worker.
select case_id, worker_id, role, since, until from involvements
where case_id = $1 and worker_id = $2 order by since desc limit 1
