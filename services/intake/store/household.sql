-- The statements about households and their people.

-- name: workers_of_household
-- Who directs and who works for a household: the code's own reading of need-to-know (0007).
with latest as (
    select case_id, director_id, open
    from cases
    where household_id = $1
    order by open desc, position desc
    limit 1
)
select 'director' as relation, director_id as worker_id from latest
union
select 'director', a.deputy_id
from latest
join absences a on a.worker_id = latest.director_id
where latest.open and a.starts_at <= $2 and (a.ends_at is null or $2 < a.ends_at)
union
select 'involved', i.worker_id from latest join involvements i on i.case_id = latest.case_id where latest.open
union
select 'involved', r.owner_id
from help_requests r
join households h on h.household_id = r.household_id and h.team = r.team
where r.household_id = $1 and r.state in ('waiting', 'accepted')
union
select 'involved', h.registered_by
from households h
where h.household_id = $1 and not exists (select from latest)

-- name: household
-- A household.
select * from households where household_id = $1

-- name: household_for_update
-- The same, locked until the end of the transaction.
select * from households where household_id = $1 for update

-- name: add_household
-- A household becomes known.
insert into households
    (household_id, version, postcode, house_number, addition, buurt, team, registered_by, registered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: set_version
-- The household changed.
update households set version = $2 where household_id = $1

-- name: add_persons
-- People who were not known yet.
insert into persons (person_id, given_name, family_name, birth_date, phone, email)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::text[])

-- name: add_memberships
-- Who belongs from which day on.
insert into memberships (household_id, person_id, kind, period)
select household_id, person_id, kind, daterange(since, null)
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[]) as joined (household_id, person_id, kind, since)

-- name: end_membership
-- The last day is the day before `$3`.
update memberships set period = daterange(lower(period), $3)
where household_id = $1 and person_id = $2 and upper_inf(period)

-- name: membership
-- Somebody's running membership of a household.
select household_id, person_id, kind, lower(period) as since
from memberships
where household_id = $1 and person_id = $2 and upper_inf(period)

-- name: is_member
-- Whether somebody belongs to a household at any moment from this day on.
select exists (
    select from memberships
    where household_id = $1 and person_id = $2 and period && daterange($3, null))

-- name: has_primary_household
-- Whether somebody has a primary household, known to the caller or not, at any moment from this day on (I14).
select has_primary_household($1, $2)

-- name: persons_for_update
-- People who are known, locked in one order.
select person_id, died_on, suppressed_since
from persons
where person_id = any ($1::uuid[])
order by person_id
for update

-- name: household_of_person
-- The household somebody belongs to, the primary one first.
select household_id
from memberships
where person_id = $1
order by upper_inf(period) desc, kind, lower(period) desc
limit 1

-- name: members
-- The people of a household, in order of joining.
select p.*, m.kind, lower(m.period) as since, upper(m.period) as until
from memberships m
join persons p on p.person_id = m.person_id
where m.household_id = $1
order by since, m.person_id

-- name: record_death
-- Somebody died.
update persons set died_on = $2 where person_id = $1

-- name: suppress_contact
-- Somebody does not want to be written to.
update persons set suppressed_since = $2 where person_id = $1

-- name: requests_of_household
-- The requests that belong to a household's story.
select request_id from help_requests where household_id = $1

-- name: households_at
-- Which households of the caller's team are known at an address.
select household_id, case_open, director_id from households_at($1, $2)
