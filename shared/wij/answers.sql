-- The statements behind Idempotency-Key.

-- name: claim_keys
-- Take keys; waits for whoever is using one now, and answers those that were free. Always in one order.
insert into answers (actor_id, key, digest)
select $1, key, digest from unnest($2::text[], $3::bytea[]) as t (key, digest) order by key
on conflict do nothing
returning key

-- name: given_answers
-- What was answered to these keys.
select key, digest, status, body, headers
from answers
where actor_id = $1 and key = any ($2::text[])

-- name: forget_answers
-- Answers that nobody will ask for again.
delete from answers
where created_at < clock_timestamp() - interval '30 days'

-- name: keep_answers
-- Remember answers, in the transaction of the work.
update answers a
set status = t.status, body = t.body, headers = t.headers
from unnest($2::text[], $3::int[], $4::bytea[], $5::jsonb[]) as t (key, status, body, headers)
where a.actor_id = $1 and a.key = t.key
