-- Who does what before when.

-- name: case_of
-- Of which case this action is, to lock before reading on.
select case_id from actions where action_id = $1

-- name: action
-- One action.
select action_id, plan_id, case_id, goal_id, what, owner_kind, owner_id, due_at, state, done_at from actions where action_id = $1

-- name: actions_of_case
-- All actions of a case.
select action_id, plan_id, case_id, goal_id, what, owner_kind, owner_id, due_at, state, done_at from actions where case_id = $1 order by due_at, action_id

-- name: agree
-- New actions.
insert into actions (action_id, plan_id, case_id, goal_id, what, owner_kind, owner_id, due_at, state)
select *, 'agreed'
from unnest($1::agreed_action[])

-- name: complete
-- The action was carried out.
update actions set state = 'done', done_at = $2 where action_id = $1
