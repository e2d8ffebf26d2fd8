-- The versions of the plan and their goals.

-- name: case_of
-- Of which case this plan is, to lock before reading on.
select case_id from plans where plan_id = $1

-- name: plans_of_case
-- All versions, oldest first.
select plan_id, case_id, number, state, version from plans where case_id = $1 order by number

-- name: goals_of_case
-- The goals of all versions, in order.
select * from goals where case_id = $1 order by plan_id, place

-- name: draft
-- New versions.
insert into plans (plan_id, case_id, number, state, version, drafted_at)
select *, 'draft', 1, $4 from unnest($1::uuid[], $2::uuid[], $3::int[])

-- name: clear_goals
-- A draft is written anew.
delete from goals where plan_id = $1

-- name: write_goals
-- The goals of drafts, each with its place.
insert into goals (plan_id, case_id, place, goal_id, wish, life_domain, own_strength, network, executor_kind,
                   own_strength_considered, informal_skipped_reason)
select * from unnest($1::written_goal[])

-- name: edited
-- The draft has a new version.
update plans set version = $2 where plan_id = $1

-- name: agree
-- The households agreed: who, in which role, how, when.
update plans p
set state = 'agreed', version = t.version, agreed_by = t.by, agreed_by_role = t.role, method = t.method,
    agreed_on = t.day
from unnest($1::agreed_plan[]) as t
where p.plan_id = t.plan_id

-- name: refuse
-- The household refused this version.
update plans set state = 'declined', version = $2, refused_reason = $3, refused_note = $4, ended_at = $5
where plan_id = $1

-- name: activate
-- Each of these versions is its household's one plan.
update plans p set state = 'active', version = t.version, activated_at = $3
from unnest($1::uuid[], $2::int[]) as t (plan_id, version)
where p.plan_id = t.plan_id

-- name: end_plan
-- This version is superseded, or closed with its case.
update plans set state = $2, version = $3, ended_at = $4 where plan_id = $1

-- name: set_outcomes
-- How each goal ended.
update goals set outcome = t.outcome
from unnest($2::uuid[], $3::text[]) as t (goal_id, outcome)
where goals.plan_id = $1 and goals.goal_id = t.goal_id

-- name: views
-- The versions of a case as who works on it sees them, or one of them.
select plan_id, case_id, number as plan_version, state, version, agreed_by, agreed_by_role, method, agreed_on,
       refused_reason, refused_note, drafted_at, activated_at, ended_at
from plans where case_id = $1 and ($2::uuid is null or plan_id = $2) order by number
