-- The statements about teams, areas and workers.

-- name: buurten_of_postcodes
-- Where postcodes lie, and which team answers for each at this moment.
select p.postcode, p.buurt, a.team
from postcodes p
left join team_areas a on a.buurt = p.buurt and a.period @> $2::timestamptz
where p.postcode = any ($1::text[])

-- name: teams
-- Every team; the city team has no area of its own at this moment, and others fall back to it.
select t.*,
       exists (select from teams o where o.fallback = t.code)
           and not exists (select from team_areas a where a.team = t.code and a.period @> $1::timestamptz) as city
from teams t
order by t.code

-- name: teams_for_update
-- These teams, locked in one order.
select t.*, exists (select from teams o where o.fallback = t.code) as is_fallback
from teams t
where t.code = any ($1::text[])
order by t.code
for update of t

-- name: put_team
-- A team as it is now.
insert into teams (code, team_id, name, active_from, fallback)
values ($1, $2, $3, $4, $5)
on conflict (code) do update
set name = excluded.name, active_from = excluded.active_from, fallback = excluded.fallback

-- name: buurten_for_update
-- These neighbourhoods, locked in one order.
select code, name, wijk, municipality, x, y
from buurten
where code = any ($1::text[])
order by code
for update

-- name: holdings
-- The last period of each of these neighbourhoods.
select distinct on (buurt) buurt, team, lower(period) as since
from team_areas
where buurt = any ($1::text[])
order by buurt, period desc

-- name: end_periods
-- The team that had them has them no longer.
update team_areas set period = tstzrange(lower(period), $2)
where buurt = any ($1::text[]) and upper_inf(period)

-- name: begin_periods
-- This team answers for them from now on.
insert into team_areas (buurt, team, period)
select buurt, $2, tstzrange($3, null) from unnest($1::text[]) as moved (buurt)

-- name: places_of_teams
-- The places each of these teams answers for at a moment.
select a.team, b.code as buurt, b.x, b.y
from team_areas a
join buurten b on b.code = a.buurt
where a.team = any ($1::text[]) and a.period @> $2::timestamptz
order by a.team, b.code

-- name: team_areas
-- Which team answers for which neighbourhood at a moment.
select a.team, a.buurt, b.name, lower(a.period) as valid_from, upper(a.period) as valid_until
from team_areas a
join buurten b on b.code = a.buurt
where a.period @> $1::timestamptz
order by a.team, a.buurt

-- name: put_buurten
-- Neighbourhoods as they are now.
insert into buurten (code, name, wijk, municipality, x, y)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[])
on conflict (code) do update
set name = excluded.name, wijk = excluded.wijk, municipality = excluded.municipality, x = excluded.x, y = excluded.y

-- name: teams_holding
-- The teams that answer for any of these neighbourhoods at a moment.
select distinct team from team_areas
where buurt = any ($1::text[]) and period @> $2::timestamptz
order by team

-- name: known_buurten
-- Which of these neighbourhoods are known.
select code from buurten where code = any ($1::text[])

-- name: postcodes_for_update
-- These postcodes, locked in one order.
select postcode, buurt from postcodes where postcode = any ($1::text[]) order by postcode for update

-- name: put_postcodes
-- Where postcodes lie now.
insert into postcodes (postcode, buurt)
select * from unnest($1::text[], $2::text[])
on conflict (postcode) do update set buurt = excluded.buurt

-- name: worker_for_update
-- A worker, locked.
select * from workers where worker_id = $1 for update

-- name: put_worker
-- A worker as they are now.
insert into workers (worker_id, team, roles, specialisms, caseload_limit, name, email, valid_from)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (worker_id) do update
set team = excluded.team, roles = excluded.roles, specialisms = excluded.specialisms,
    caseload_limit = excluded.caseload_limit, name = excluded.name, email = excluded.email,
    valid_from = excluded.valid_from

-- name: workers
-- The workers of a team, or of all.
select * from workers where $1::text is null or team = $1 order by team, name, worker_id
