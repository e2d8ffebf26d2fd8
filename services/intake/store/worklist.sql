-- The statements that show requests.

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
-- A team's requests that have not ended, by priority and then age. Each gains a point a day, so this order never changes
-- with time: it is the order of the moments at which they would have had no points.
select *, (received_at at time zone 'UTC') - weight * interval '24 hours' as ranked_at
from help_requests
where team = $1
  and due_at is not null
  and ((received_at at time zone 'UTC') - weight * interval '24 hours', request_id) > ($2, $3::uuid)
order by ranked_at, request_id
limit $4

-- name: in_state
-- A team's requests in one state, ended or not, in the same order.
select *, (received_at at time zone 'UTC') - weight * interval '24 hours' as ranked_at
from help_requests
where team = $1
  and state = $5
  and ((received_at at time zone 'UTC') - weight * interval '24 hours', request_id) > ($2, $3::uuid)
order by ranked_at, request_id
limit $4

-- name: likely_households
-- Households this may be about, with the reasons as codes.
select household_id, reasons from likely_households($1, $2, $3, $4, $5)
