-- The case and the periods of its directors.

-- name: lock_cases
-- Hold these cases before anything that decides is read.
select lock_cases($1::uuid[])

-- name: cards
-- What every decision about these cases needs.
select * from case_cards where case_id = any ($1::uuid[])

-- name: card_of_household
-- The household's open case, or else its last one.
select * from case_cards where household_id = $1 order by (state = 'closed'), directed_since desc limit 1

-- name: cards_in_reach
-- The cases of the actor's team, or those the actor works on; by state; a page in order of opening.
select * from case_cards
where (not $1::boolean or actor_id() = director_id or actor_id() = any (involved)
       or actor_id() = deputy_id)
  and ($2::text is null or state = $2)
  and ($3::uuid is null or case_id > $3)
order by case_id
limit $4

-- name: switch_director
-- The new director, if the case is still in the epoch that was seen (P3).
update cases set director_id = $3, epoch = $2 + 1 where case_id = $1 and epoch = $2

-- name: end_period
-- The present director's period ends.
update director_periods set period = tstzrange(lower(period), $3) where case_id = $1 and epoch = $2

-- name: begin_period
-- The next director's period begins at the same instant.
insert into director_periods (case_id, epoch, household_id, director_id, period, reason, handover_id)
values ($1, $2, $3, $4, tstzrange($5, null), 'handover', $6)

-- name: close_case
-- The case is closed at this moment, for this reason.
update cases set state = 'closed', closed_at = $2, close_reason = $3, close_note = $4 where case_id = $1

-- name: whole_case
-- The case as its director sees it.
select case_id, opened_at, closed_at, close_reason, close_note,
       array(select request_id from case_requests r where r.case_id = cases.case_id order by attached_at, request_id) as requests
from cases where case_id = $1
