-- The statements behind Idempotency-Key.

-- name: claim_key
-- Take the key; waits for whoever is using it now, and answers nothing when it is taken.
insert into answers (actor_id, key, digest)
values ($1, $2, $3)
on conflict do nothing
returning true

-- name: given_answer
-- What was answered to this key.
select digest, status, body, headers
from answers
where actor_id = $1 and key = $2

-- name: forget_answers
-- Answers that nobody will ask for again.
delete from answers
where created_at < clock_timestamp() - interval '30 days'

-- name: keep_answer
-- Remember the answer, in the transaction of the work.
update answers
set status = $3, body = $4, headers = $5
where actor_id = $1 and key = $2
