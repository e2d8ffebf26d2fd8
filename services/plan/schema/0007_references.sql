-- Whoever deletes a row must find those that refer to it.
create index actions_of_goal on actions (plan_id, goal_id);
create index reviews_of_plan on reviews (plan_id);
create index needs_of_action on support_needs (action_id);
create index needs_with_consent on support_needs (consent_id);
