-- Need to know, asked again by PostgreSQL (PRIV-02): content is for the director, the deputy of an absent director, and
-- those involved. A team sees that a case is there and who directs it: `case_cards`, ids and codes only.
-- The functions and views run with their owner's rights, so that a policy can ask about rows its reader may not see.

create function may_see_case(wanted uuid) returns boolean
    stable language sql security definer set search_path = {schema}, extensions, pg_temp as $$
    select exists (
        select from cases c
        where c.case_id = wanted
          and (c.director_id = actor_id()
               or exists (select from absences a
                          where a.worker_id = c.director_id and a.deputy_id = actor_id() and a.period @> now())
               or exists (select from involvements i
                          where i.case_id = wanted and i.worker_id = actor_id() and i.until is null))
    )
$$;

create function offered_to_me(wanted uuid) returns boolean
    stable language sql security definer set search_path = {schema}, extensions, pg_temp as $$
    select exists (select from handovers h where h.case_id = wanted and h.to_id = actor_id() and h.state = 'offered')
$$;

-- Every command on a case begins by holding its row, before anything that decides is read.
create function lock_cases(wanted uuid[]) returns void
    language plpgsql security definer set search_path = {schema}, extensions, pg_temp as $$
begin
    perform from cases where case_id = any (wanted) order by case_id for update;
end $$;

create view case_cards with (security_barrier) as
select c.case_id, c.household_id, c.team, c.state, c.director_id, c.epoch, c.buurt,
       lower(p.period) as directed_since,
       a.deputy_id, a.starts_at as absent_from, a.ends_at as absent_until,
       array(select i.worker_id from involvements i where i.case_id = c.case_id and i.until is null) as involved
from cases c
join director_periods p on p.case_id = c.case_id and p.epoch = c.epoch
left join lateral (
    select deputy_id, starts_at, ends_at from absences
    where worker_id = c.director_id and period @> now()
) a on true
where actor_has('service') or c.team = actor_team() or may_see_case(c.case_id);

-- How many cases somebody directs: a number, for the caseload limit (I5).
create function caseload(worker uuid) returns int
    stable language sql security definer set search_path = {schema}, extensions, pg_temp as $$
    select count(*)::int from cases where director_id = worker and state in ('open', 'on_hold')
$$;

alter table households enable row level security;
create policy only_the_service on households using (actor_has('service'));

alter table cases enable row level security;
create policy on_the_case on cases for select
    using ((select actor_has('service')) or may_see_case(case_id) or offered_to_me(case_id));
create policy on_the_case_changes on cases for update
    using ((select actor_has('service')) or may_see_case(case_id) or offered_to_me(case_id));
create policy only_the_service_opens on cases for insert with check (actor_has('service'));

alter table case_requests enable row level security;
create policy on_the_case on case_requests using ((select actor_has('service')) or may_see_case(case_id));
alter table director_periods enable row level security;
create policy on_the_case on director_periods using ((select actor_has('service')) or may_see_case(case_id));
alter table involvements enable row level security;
create policy on_the_case on involvements using ((select actor_has('service')) or may_see_case(case_id));
alter table plans enable row level security;
create policy on_the_case on plans using ((select actor_has('service')) or may_see_case(case_id));
alter table goals enable row level security;
create policy on_the_case on goals using ((select actor_has('service')) or may_see_case(case_id));
alter table actions enable row level security;
create policy on_the_case on actions using ((select actor_has('service')) or may_see_case(case_id));
alter table reviews enable row level security;
create policy on_the_case on reviews using ((select actor_has('service')) or may_see_case(case_id));
alter table consents enable row level security;
create policy on_the_case on consents using ((select actor_has('service')) or may_see_case(case_id));
alter table support_needs enable row level security;
create policy on_the_case on support_needs using ((select actor_has('service')) or may_see_case(case_id));

-- A handover is also for the one it is addressed to, who decides on it.
alter table handovers enable row level security;
create policy on_the_case on handovers using ((select actor_has('service')) or may_see_case(case_id));
create policy addressed_to_me on handovers for select using (to_id = actor_id());
create policy answered_by_me on handovers for update using (to_id = actor_id());

-- Who is away is for the team to know.
alter table absences enable row level security;
create policy within_the_team on absences using (
    (select actor_has('service')) or team = (select actor_team()) or actor_id() in (worker_id, deputy_id)
);
alter table absence_parts enable row level security;
create policy within_the_team on absence_parts using (
    exists (select from absences a where a.absence_id = absence_parts.absence_id)
);

revoke execute on function may_see_case, offered_to_me, lock_cases, caseload from public;
grant execute on function may_see_case, offered_to_me, lock_cases, caseload to {role};
grant select on case_cards to {role};
grant select, insert on case_requests, absence_parts to {role};
grant select, insert, update on
    workers, households, cases, director_periods, involvements, handovers, absences, plans, actions, reviews,
    consents, support_needs to {role};
grant update (ends_at) on absence_parts to {role};
grant select, insert, update, delete on goals to {role};
