-- Items for workers, and for everybody with a role in a team.

-- name: put
-- New items; one that is there already stays as it is.
insert into inbox (id, template, worker_id, role, team, about_kind, about_id, household_id, due_at)
select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[],
                     $9::timestamptz[])
on conflict (id) do nothing

-- name: item_for_update
-- One item, if it is addressed to the caller.
select * from inbox where id = $1 for update

-- name: done
-- Once: who did it first, stays.
update inbox set done_at = now(), done_by = $2 where id = $1 and done_at is null

-- name: items
-- The caller's items, newest first.
select *
from inbox
where (done_at is not null) = $1 and ($2::bigint is null or number < $2)
order by number desc
limit $3
