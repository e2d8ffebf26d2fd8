-- A team's worklist stays as quick after ten years as on the first day: what has not ended stands in an index of its own,
-- in the order in which it is shown. The moments are those at which a request would have had no points (see `worklist`).
drop index help_requests_of_team;
create index help_requests_on_worklist on help_requests
    (team, ((received_at at time zone 'UTC') - weight * interval '24 hours'), request_id) where due_at is not null;
create index help_requests_in_state on help_requests
    (team, state, ((received_at at time zone 'UTC') - weight * interval '24 hours'), request_id);

-- The same rules, asked once per statement and not once per row.
alter policy worklist on help_requests using (
    (select actor_has('service'))
    or submitted_by = (select actor_id())
    or owner_id = (select actor_id())
    or (team = (select actor_team())
        and (select actor_has('worker') or actor_has('coordinator') or actor_has('process_lead'))));
alter policy handling on help_requests using (
    (select actor_has('service'))
    or submitted_by = (select actor_id())
    or owner_id = (select actor_id())
    or (team = (select actor_team()) and (select actor_has('worker') or actor_has('coordinator'))));
