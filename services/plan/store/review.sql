-- Looks at the plan.

-- name: case_of
-- Of which case this review is, to lock before reading on.
select case_id from reviews where review_id = $1

-- name: reviews_of_case
-- All reviews of a case.
select review_id, plan_id, case_id, due_at, state, outcome, note, ended_at from reviews where case_id = $1 order by due_at, review_id

-- name: plan_reviews
-- New reviews.
insert into reviews (review_id, plan_id, case_id, due_at, state)
select *, 'planned' from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])

-- name: end_review
-- The review was held, or is no longer needed.
update reviews set state = $2, outcome = $3, note = $4, ended_at = $5 where review_id = $1
