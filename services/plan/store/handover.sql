-- Offers of a case from one worker to another.

-- name: case_of
-- Of which case this is, for somebody who may see it.
select case_id from handovers where handover_id = $1

-- name: cases_of
-- Of which cases these are, to lock.
select distinct case_id from handovers where handover_id = any ($1::uuid[])

-- name: handovers
-- These offers.
select handover_id, case_id, from_id, to_id, epoch, state, due_at, note, offered_at, answered_at, reason, over_limit_reason
from handovers where handover_id = any ($1::uuid[])

-- name: offered
-- The offer of this case that waits for an answer.
select handover_id, case_id, from_id, to_id, epoch, state, due_at, note, offered_at, answered_at, reason, over_limit_reason
from handovers where case_id = $1 and state = 'offered'

-- name: offer
-- A new offer.
insert into handovers (handover_id, case_id, from_id, to_id, epoch, note, state, offered_at, due_at)
values ($1, $2, $3, $4, $5, $6, 'offered', $7, $8)

-- name: answer
-- How the offer ended.
update handovers set state = $2, answered_at = $3, reason = $4, over_limit_reason = $5 where handover_id = $1

-- name: addressed_to_me
-- Offers to the actor, newest first.
select handover_id, case_id, from_id, to_id, epoch, state, due_at, note, offered_at, answered_at, reason, over_limit_reason
from handovers
where to_id = actor_id() and ($1::uuid is null or handover_id < $1)
order by handover_id desc limit $2

-- name: offered_by_me
-- Offers by the actor of cases the actor still works on, newest first.
select handover_id, case_id, from_id, to_id, epoch, state, due_at, note, offered_at, answered_at, reason, over_limit_reason
from handovers
where from_id = actor_id() and ($1::uuid is null or handover_id < $1)
order by handover_id desc limit $2
