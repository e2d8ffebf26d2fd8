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

-- name: words
-- What was asked, from where, and by whom.
select q.words, q.postcode, q.house_number, q.addition,
       r.given_name, r.family_name, r.relation, r.phone, r.email, r.birth_date
from questions q
left join requesters r on r.request_id = q.request_id
where q.request_id = $1

-- name: notes
-- What workers wrote, oldest first.
select step, words, written_by, written_at
from request_notes
where request_id = $1
order by note_id

-- name: worklist
-- A team's requests by priority and then age. Each gains a point a day, so this order never changes with time:
-- it is the order of the moments at which they would have had no points.
select *, received_at - weight * interval '24 hours' as ranked_at
from help_requests
where team = $1
  and ($2::text is null or state = $2)
  and ($3::timestamptz is null or (received_at - weight * interval '24 hours', request_id) > ($3, $4::uuid))
order by ranked_at, request_id
limit $5

-- name: likely_households
-- Households this may be about, with the reasons as codes.
select household_id, reasons from likely_households($1, $2, $3, $4, $5)

-- name: household_card
-- The few facts of a household that a request must carry.
select household_id, version, buurt, team from household_card($1)

-- name: opened
-- Requests that became a case or joined one (`$3`); only those that wait for just that, so twice is once.
update help_requests r
set state = $3, case_id = told.case_id, due_at = null, version = r.version + 1
from unnest($1::uuid[], $2::uuid[]) as told (request_id, case_id)
where r.request_id = told.request_id and r.state = 'accepted'
