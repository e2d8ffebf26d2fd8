-- The statements about who can be reached, and who can help.

-- name: reach_workers
-- How to reach workers.
select worker_id as id, null::text as given_name, name, email, null::text as phone,
       false as suppressed, false as deceased
from workers
where worker_id = any ($1::uuid[])
order by worker_id

-- name: put
-- A contact as it is now.
insert into contacts (code, name, kind, team, topics, phone, email, opening_hours, active)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (code) do update
set name = excluded.name, kind = excluded.kind, team = excluded.team, topics = excluded.topics,
    phone = excluded.phone, email = excluded.email, opening_hours = excluded.opening_hours, active = excluded.active

-- name: helping_with
-- Active contacts for a topic in a team's area, the neighbourhood's own before the city's; the team itself comes last.
select code, name, kind, team, topics, phone, email, opening_hours, active
from (
    select c.*,
           case when not $1 = any (c.topics) then 2 when c.team is null then 1 else 0 end as nearness
    from contacts c
    where c.active
      and (c.team is null or c.team = $2)
      and ($1 = any (c.topics) or (c.kind = 'wij_team' and c.team = $2))
    union all
    select t.code, t.name, 'wij_team', t.code, '{}', null, null, null, true, 3
    from teams t
    where t.code = $2
) found
order by nearness, code

-- name: is_active
-- Whether this can be pointed out: an active contact, or a team.
select exists (select from contacts where code = $1 and active) or exists (select from teams where code = $1)

-- name: reach_persons
-- How to reach people.
select person_id as id, given_name, given_name || ' ' || family_name as name, email, phone,
       suppressed_since is not null as suppressed, died_on is not null as deceased
from persons
where person_id = any ($1::uuid[])
order by person_id

-- name: reach_households
-- For each household the one to write to: living, willing, reachable, grown up where known, and there longest.
select distinct on (m.household_id)
       m.household_id as id, p.given_name, p.given_name || ' ' || p.family_name as name, p.email, p.phone,
       p.suppressed_since is not null as suppressed, p.died_on is not null as deceased
from memberships m
join persons p on p.person_id = m.person_id
where m.household_id = any ($1::uuid[]) and m.kind = 'primary' and m.period @> $2::date
  and (p.birth_date is null or p.birth_date <= ($2::date - interval '18 years')::date)
order by m.household_id, p.died_on is not null, p.suppressed_since is not null, p.email is null,
         p.birth_date is null, lower(m.period), p.person_id

-- name: reach_requesters
-- How to reach those who asked; the anonymous are not here.
select request_id as id, given_name, given_name || ' ' || family_name as name, email, phone,
       false as suppressed, false as deceased
from requesters
where request_id = any ($1::uuid[])
order by request_id
