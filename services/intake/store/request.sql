-- The statements about help requests.

-- name: terms
-- Every term of the policy.
select code, amount, unit from terms

-- name: add_question
-- The words come first (S2-8).
insert into questions (request_id, words, postcode, house_number, addition)
values ($1, $2, $3, $4, $5)

-- name: add_request
-- A request as it came in.
insert into help_requests
    (request_id, channel, state, team, buurt, reference, submitted_by, anonymous, received_at, receipt_due_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: add_requester
-- Who asked, unless they want to stay unknown.
insert into requesters (request_id, given_name, family_name, relation, phone, email, birth_date)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: add_note
-- What a worker wrote at a step.
insert into request_notes (note_id, request_id, step, words, written_by, written_at)
values ($1, $2, $3, $4, $5, $6)

-- name: reference_is_known
-- Whether the channel sent in this reference before.
select reference_is_known($1, $2)

-- name: request
-- A request without its words.
select * from help_requests where request_id = $1

-- name: request_for_update
-- The same, locked until the end of the transaction.
select * from help_requests where request_id = $1 for update

-- name: save
-- A request after a decision.
update help_requests
set state = $2, due_at = $3, owner_id = $4, urgency = $5, weight = $6, topics = $7, life_domains = $8, safety = $9,
    household_id = $10, legal_basis = $11, answer_kind = $12, contact = $13, reason = $14, version = version + 1
where request_id = $1

-- name: household_card
-- The few facts of a household that a request must carry.
select household_id, version, buurt, team from household_card($1)

-- name: opened
-- Requests that became a case or joined one (`$3`); only those that wait for just that, so twice is once.
update help_requests r
set state = $3, case_id = told.case_id, due_at = null, version = r.version + 1
from unnest($1::uuid[], $2::uuid[]) as told (request_id, case_id)
where r.request_id = told.request_id and r.state = 'accepted'
