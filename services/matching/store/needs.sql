-- Needs, and how every volunteer stands to them.

-- name: add_needs
-- Needs as plan told them; told again, nothing changes.
insert into needs (need_id, case_id, household_id, team, consent_id, kind, buurt, availability, hours_week, language,
                   certificate_required, starts_on, consent_until, requested_at, state)
select *, 'open'
from unnest($1::told_need[])
on conflict (need_id) do nothing

-- name: lock_needs
-- Take needs, always in the same order; before their matches are read.
select *
from needs
where need_id = any($1::uuid[])
order by need_id
for update

-- name: lock_live_needs_of_cases
-- Take the needs that still hang on these cases.
select *
from needs
where case_id = any($1::uuid[]) and state in ('open', 'proposed', 'matched', 'running')
order by need_id
for update

-- name: lock_live_needs_by_consents
-- Take the needs that were shared on these consents.
select *
from needs
where consent_id = any($1::uuid[]) and state in ('open', 'proposed', 'matched', 'running')
order by need_id
for update

-- name: save_needs
-- How far the search is.
update needs n
set state = now.state, reason = now.reason, version = now.version
from unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) as now (need_id, state, reason, version)
where n.need_id = now.need_id

-- name: need
-- One need.
select *
from needs
where need_id = $1

-- name: needs_of_team
-- The needs of a team, the oldest first, each with its live match.
select n.*, m.match_id
from needs n
left join matches m on m.need_id = n.need_id and m.state in ('proposed', 'matched', 'introduced', 'active')
where n.team = $1 and n.need_id > $2 and ($3::text is null or n.state = $3)
order by n.need_id
limit $4

-- name: candidates_of_needs
-- Everybody who meets every hard condition of these needs if help starts on that day, found by the volunteers' own reach (`in_reach`
-- is the index; the circle is exact). The same conditions as `domain/conditions.py`, in the same order; what all of them met is
-- not asked of each again. After the need, the fields of `Standing` in their order.
select s.need_id, s.volunteer_id, s.given_name, s.team, true as active, true as offers_kind, s.shared, true as speaks,
       s.certificate_valid_until, s.hours_week, s.reserved_hours, s.max_distance_m, s.distance_squared,
       false as own_household, false as excluded, false as declined_before, s.helped_before
from standings s
where s.need_id = any($1::uuid[])
  and s.in_reach
  and s.active
  and s.offers_kind
  and s.shared <> 0
  and s.speaks
  and (not s.certificate_required or s.certificate_valid_until >= $2)
  and s.hours_week - s.reserved_hours >= s.needed_hours
  and s.distance_squared <= s.max_distance_m::bigint * s.max_distance_m
  and not s.own_household
  and not s.excluded
  and not s.declined_before

-- name: refused_counts
-- How many volunteers miss a hard condition, each counted at the first they miss.
select condition, count(*) as count
from (
    select case
        when not s.active then 'not_active'
        when not s.offers_kind then 'kind_not_offered'
        when s.shared = 0 then 'no_shared_time'
        when not s.speaks then 'language_not_spoken'
        when s.certificate_required and coalesce(s.certificate_valid_until < $2, true) then 'certificate_not_valid'
        when s.hours_week - s.reserved_hours < s.needed_hours then 'no_hours_left'
        when s.distance_squared is null then 'home_unknown'
        when s.distance_squared > s.max_distance_m::bigint * s.max_distance_m then 'too_far'
        when s.own_household then 'own_household'
        when s.excluded then 'excluded'
        when s.declined_before then 'declined_before'
    end as condition
    from standings s
    where s.need_id = $1
) each
where condition is not null
group by condition

-- name: standing
-- How one volunteer stands to one need: the fields of `Standing` in their order.
select volunteer_id, given_name, team, active, offers_kind, shared, speaks, certificate_valid_until, hours_week,
       reserved_hours, max_distance_m, distance_squared, own_household, excluded, declined_before, helped_before
from standings
where need_id = $1 and volunteer_id = $2
