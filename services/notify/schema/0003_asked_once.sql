-- The same rules of who sees what, asked once per statement and not once per row.
alter policy ours on cases using ((select actor_has('service')));
alter policy ours on involvements using ((select actor_has('service')));
alter policy ours on absences using ((select actor_has('service')));
alter policy ours on matches using ((select actor_has('service')));
alter policy ours on needs using ((select actor_has('service')));
alter policy ours on notifications using ((select actor_has('service')));
alter policy ours on inbox using ((select actor_has('service')));
alter policy ours on deadlines using ((select actor_has('service')));
alter policy ours on moments using ((select actor_has('service')));

alter policy of_the_team on notifications using (
    team = (select actor_team()) and (select actor_has('coordinator') or actor_has('process_lead'))
);
alter policy of_the_city on notifications using ((select actor_has('functional_admin')));
alter policy decided_by_the_team on notifications using (
    team = (select actor_team()) and (select actor_has('coordinator') or actor_has('process_lead'))
);
alter policy of_the_addressee on inbox using (
    worker_id = (select actor_id()) or (team = (select actor_team()) and actor_has(role))
);
alter policy done_by_the_addressee on inbox using (
    worker_id = (select actor_id()) or (team = (select actor_team()) and actor_has(role))
);
alter policy of_the_team on deadlines using (
    team = (select actor_team())
    and ((select actor_has('coordinator') or actor_has('process_lead')) or ((select actor_has('worker')) and case_id is null))
);
alter policy of_those_on_the_case on deadlines using ((select actor_has('worker')) and on_case(case_id));
