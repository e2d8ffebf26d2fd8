-- Matches, and the links by which volunteers answer.

-- name: need_of_match
-- Which need to lock before this match is read.
select need_id
from matches
where match_id = $1

-- name: needs_of_matches
-- Which needs to lock before these matches are read.
select match_id, need_id
from matches
where match_id = any($1::uuid[])

-- name: match
-- One match.
select *
from matches
where match_id = $1

-- name: all_matches
-- Several matches.
select *
from matches
where match_id = any($1::uuid[])

-- name: first_names
-- The first name of the volunteer of each of these matches.
select m.match_id, s.given_name
from matches m
join standings s on s.need_id = m.need_id and s.volunteer_id = m.volunteer_id
where m.match_id = any($1::uuid[])

-- name: live_matches
-- The live match of each of these needs.
select *
from matches
where need_id = any($1::uuid[]) and state in ('proposed', 'matched', 'introduced', 'active')

-- name: matches_of_actor
-- The matches of the actor's team (for its volunteer coordinators) and of the cases the actor works on, oldest first.
select *
from matches
where ((actor_has('volunteer_coordinator') and team = actor_team()) or case_id in (select my_cases()))
  and match_id > $1
  and ($2::text is null or state = $2)
order by match_id
limit $3

-- name: add_matches
-- Proposals; the volunteers' hours are reserved with them.
insert into matches (match_id, need_id, case_id, household_id, team, volunteer_id, hours_week, state, proposed_at, due_at,
                     score, weights_version)
select * from unnest($1::proposed_match[])

-- name: save_matches
-- How far each match is; hours come free with the end of it.
update matches m
set state = now.state, volunteer_accepted_at = now.volunteer_accepted_at,
    household_accepted_at = now.household_accepted_at, introduced_on = now.introduced_on, starts_on = now.starts_on,
    ended_at = now.ended_at, ended_by = now.ended_by, reason = now.reason, version = now.version
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::date[], $6::date[], $7::timestamptz[],
            $8::text[], $9::text[], $10::int[])
    as now (match_id, state, volunteer_accepted_at, household_accepted_at, introduced_on, starts_on, ended_at, ended_by,
            reason, version)
where m.match_id = now.match_id

-- name: open_proposals
-- Of these matches, those that wait for the volunteer's answer, and until when.
select match_id, due_at
from matches
where match_id = any($1::uuid[]) and state = 'proposed' and volunteer_accepted_at is null and due_at > $2
order by match_id

-- name: keep_links
-- A fresh link for each match; the link of an earlier mail stops working.
insert into answer_links (match_id, token_hash, expires_at)
select * from unnest($1::uuid[], $2::bytea[], $3::timestamptz[])
on conflict (match_id) do update
set token_hash = excluded.token_hash, expires_at = excluded.expires_at, used_at = null

-- name: link
-- What this link is for; only its SHA-256 is known here.
select match_id, expires_at, used_at
from answer_links
where token_hash = $1

-- name: use_link
-- The link was used.
update answer_links
set used_at = $2
where match_id = $1
