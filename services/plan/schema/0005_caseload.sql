-- Counting somebody's open cases does not look at those of the past (`caseload`).
create index open_cases_of_director on cases (director_id) where state in ('open', 'on_hold');

-- The same rules, asked once per statement and not once per row.
alter policy only_the_service on households using ((select actor_has('service')));
alter policy only_the_service_opens on cases with check ((select actor_has('service')));
