-- Volunteers. Row level security shows them to the coordinators of their own team.

-- name: lock_hours
-- Take the volunteers, always in the same order; before anything that decides about them is read.
select volunteer_id
from capacities
where volunteer_id = any($1::uuid[])
order by volunteer_id
for update

-- name: name_place
-- The neighbourhood stands in the list, whether or not its middle is known yet.
insert into places (buurt)
values ($1)
on conflict do nothing

-- name: hold_place
-- Nobody moves the middle of this neighbourhood while somebody settles there.
select buurt
from places
where buurt = $1
for share

-- name: add_volunteer
-- A new volunteer; without a point of their own they live in the middle of their neighbourhood.
insert into volunteers (volunteer_id, team, state, given_name, family_name, email, phone, reference, registered_as,
                        buurt, x, y, exact, max_distance_m, kinds, languages, availability, certificate_valid_until,
                        household_id)
select $1, $2, 'active', $3, $4, $5, $6, $7, $8, $9,
       coalesce($10::int, p.x), coalesce($11::int, p.y), $10::int is not null, $12, $13, $14, $15, $16, $17
from (select) one
left join places p on p.buurt = $9

-- name: offer_hours
-- The hours a new volunteer offers.
insert into capacities (volunteer_id, hours_week)
values ($1, $2)

-- name: save_volunteer
-- Everything that may change of a volunteer.
update volunteers
set given_name = $2, family_name = $3, email = $4, phone = $5, buurt = $6,
    x = coalesce($7::int, (select x from places where buurt = $6)),
    y = coalesce($8::int, (select y from places where buurt = $6)),
    exact = $7::int is not null, max_distance_m = $9, kinds = $10, languages = $11, availability = $12,
    household_id = $13, certificate_valid_until = $14, state = $15, version = $16
where volunteer_id = $1

-- name: change_hours
-- The hours a volunteer offers from now on; the database refuses fewer than are reserved.
update capacities
set hours_week = $2
where volunteer_id = $1 and hours_week <> $2

-- name: volunteer
-- One volunteer, with offered and reserved hours.
select v.volunteer_id, v.team, v.state, v.given_name, v.family_name, v.email, v.phone, v.reference, v.buurt,
       case when v.exact then v.x end as x, case when v.exact then v.y end as y, v.max_distance_m, v.kinds, v.languages,
       v.availability, v.certificate_valid_until, v.household_id, v.version, c.hours_week, c.reserved_hours
from volunteers v
join capacities c using (volunteer_id)
where v.volunteer_id = $1

-- name: volunteers_of_team
-- The volunteers of a team, in the order they were registered.
select v.volunteer_id, v.team, v.state, v.given_name, v.family_name, v.email, v.phone, v.reference, v.buurt,
       case when v.exact then v.x end as x, case when v.exact then v.y end as y, v.max_distance_m, v.kinds, v.languages,
       v.availability, v.certificate_valid_until, v.household_id, v.version, c.hours_week, c.reserved_hours
from volunteers v
join capacities c using (volunteer_id)
where v.team = $1 and v.volunteer_id > $2
order by v.volunteer_id
limit $3

-- name: registered_as
-- Who was registered under the organisation's own number, and with which content.
select volunteer_id, registered_as
from volunteers
where team = $1 and reference = $2

-- name: exclude
-- These two must not meet; said twice, it is true once.
insert into exclusions (volunteer_id, household_id, excluded_by, excluded_at)
values ($1, $2, $3, $4)
on conflict do nothing

-- name: contacts
-- How to reach volunteers, at the moment a message is sent.
select volunteer_id, given_name, email, phone
from volunteers
where volunteer_id = any($1::uuid[])
order by volunteer_id
