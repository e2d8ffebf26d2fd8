-- Terms: started, ended, swept.

-- name: policies
-- How long each term lasts and when it is told, as it stands now.
select p.term, p.amount, p.unit, t.threshold, t.kind, t.amount as shift, t.unit as shift_unit
from policies p left join thresholds t using (term)
order by p.term, t.threshold

-- name: start
-- Terms that start, or of which we hear to which case they belong. What ended before, or with its case, stays ended.
insert into deadlines as d (
    id, term, subject_id, household_id, case_id, team, due_at, closed_at, closed_by, cause_id, correlation_id, traceparent)
select s.id, s.term, s.subject_id, s.household_id, s.case_id, s.team, s.due_at,
       c.closed_at, case when c.closed_at is not null then 'case.closed' end, s.cause_id, s.correlation_id, s.traceparent
from unnest($1::started_term[]) as s
left join cases c on c.case_id = s.case_id
on conflict (term, subject_id) do update
set due_at = coalesce(d.due_at, excluded.due_at),
    household_id = coalesce(d.household_id, excluded.household_id),
    case_id = coalesce(d.case_id, excluded.case_id),
    closed_at = coalesce(d.closed_at, excluded.closed_at),
    closed_by = coalesce(d.closed_by, excluded.closed_by)
returning d.id, d.term, d.subject_id, d.closed_at

-- name: set_moments
-- When people must hear of terms that begin.
insert into moments (deadline_id, threshold, kind, at)
select * from unnest($1::coming_moment[])

-- name: add_moments
-- The same of terms that stood here before, so may have theirs; each threshold once.
insert into moments (deadline_id, threshold, kind, at)
select * from unnest($1::coming_moment[])
on conflict do nothing

-- name: end_subjects
-- Terms of these subjects that are over; one we have not heard of yet is over when it comes.
insert into deadlines as d (id, term, subject_id, team, closed_at, closed_by, cause_id, correlation_id, traceparent)
select * from unnest($1::ended_term[])
on conflict (term, subject_id) do update
set closed_at = coalesce(d.closed_at, excluded.closed_at), closed_by = coalesce(d.closed_by, excluded.closed_by)
returning d.id

-- name: end_cases
-- A term, or (empty) all of them, of whole cases that are over.
update deadlines d set closed_at = e.closed_at, closed_by = e.closed_by
from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[]) as e (term, case_id, closed_at, closed_by)
where d.case_id = e.case_id and e.term in ('', d.term) and d.closed_at is null
returning d.id

-- name: forget_moments
-- Nobody needs to hear of a term that is over.
delete from moments
where deadline_id = any($1::uuid[]) and told_at is null

-- name: reached
-- Moments the database's clock has passed, each taken once: term and moment are locked, then looked at again.
with reached as (
    select m.deadline_id, m.threshold
    from moments m join deadlines d on d.id = m.deadline_id
    where m.told_at is null and m.at <= now() and d.closed_at is null
    order by m.at
    limit $1
    for update of d, m skip locked
)
update moments m set told_at = now()
from reached r join deadlines d on d.id = r.deadline_id
where m.deadline_id = r.deadline_id and m.threshold = r.threshold and m.told_at is null
returning d.id as deadline_id, d.term, d.subject_id, d.household_id, d.team, d.due_at, d.cause_id, d.correlation_id,
          d.traceparent, m.threshold, m.kind, m.at

-- name: deadlines
-- The terms the caller may see, by date.
select id as deadline_id, term, subject_id, household_id, team, due_at, closed_at, closed_by,
       case when closed_at is not null then 'closed' when due_at <= now() then 'passed' else 'open' end as state
from deadlines
where due_at is not null
  and ($1::text is null or $1 = case when closed_at is not null then 'closed' when due_at <= now() then 'passed' else 'open' end)
  and ($2::text is null or term = $2)
  and ($3::timestamptz is null or (due_at, id) > ($3, $4::uuid))
order by due_at, id
limit $5
