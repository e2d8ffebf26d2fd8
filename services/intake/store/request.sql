-- The statements about help requests.

-- name: terms
-- Every term of the policy.
select code, amount, unit from terms

-- name: add_questions
-- The words come first (S2-8).
insert into questions (request_id, words, postcode, house_number, addition)
select * from unnest($1::asked_question[])

-- name: add_requests
-- Requests as they came in.
insert into help_requests
    (request_id, channel, state, team, buurt, reference, submitted_by, anonymous, received_at, receipt_due_at, due_at)
select * from unnest($1::registered_request[])

-- name: add_requesters
-- Who asked, unless they want to stay unknown.
insert into requesters (request_id, given_name, family_name, relation, phone, email, birth_date)
select * from unnest($1::known_requester[])

-- name: add_note
-- What a worker wrote at a step.
insert into request_notes (note_id, request_id, step, words, written_by, written_at)
values ($1, $2, $3, $4, $5, $6)

-- name: known_references
-- Which of these references their channels sent in before.
select reference
from unnest($1::text[], $2::text[]) as t (channel, reference)
where reference is not null and reference_is_known(channel, reference)

-- name: request
-- A request without its words.
select * from help_requests where request_id = $1

-- name: request_for_update
-- The same, locked until the end of the transaction.
select * from help_requests where request_id = $1 for update

-- name: save
-- Requests after decisions.
update help_requests r
set state = t.state, due_at = t.due_at, owner_id = t.owner_id, urgency = t.urgency, weight = t.weight, topics = t.topics,
    life_domains = t.life_domains, safety = t.safety, household_id = t.household_id, legal_basis = t.legal_basis,
    answer_kind = t.answer_kind, contact = t.contact, reason = t.reason, version = version + 1,
    accepted_at = case when t.state = 'accepted' then coalesce(r.accepted_at, now()) end
from unnest($1::decided_request[]) as t
where r.request_id = t.request_id

-- name: household_cards
-- The few facts of households that a request must carry.
select c.household_id, c.version, c.buurt, c.team from unnest($1::uuid[]) wanted, household_card(wanted) c

-- name: opened
-- Requests that became a case or joined one (`$3`); only those that wait for just that, so twice is once.
-- `is true`: they are looked up by their ids, and not by a state that few are in, each time for each of them.
update help_requests r
set state = $3, case_id = told.case_id, due_at = null, version = r.version + 1
from unnest($1::uuid[], $2::uuid[]) as told (request_id, case_id)
where r.request_id = told.request_id and (r.state = 'accepted') is true

-- name: undirected
-- Requests that were accepted longer ago and have no case as far as we know: each is taken once, whoever looks.
with late as (
    select request_id
    from help_requests
    where state = 'accepted' and undirected_at is null and coalesce(accepted_at, received_at) <= now() - $1::interval
    order by coalesce(accepted_at, received_at)
    limit $2
    for update skip locked
)
update help_requests r
set undirected_at = now()
from late
where r.request_id = late.request_id
returning r.*, coalesce(r.accepted_at, r.received_at) as since
