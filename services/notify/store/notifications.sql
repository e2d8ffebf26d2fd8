-- Messages: planned, taken in hand by one sender, sent, and how it ended.

-- name: plan
-- Write down what must go out, numbered in the order it was given. What an event already led to under a text is not planned
-- again, whoever it would go to now. The unique index refuses what this cannot see, such as somebody else's unfinished work:
-- then all of it is done again.
insert into notifications (
    id, cause_id, correlation_id, traceparent, channel, template, recipient, recipient_role, recipient_kind, recipient_id,
    team, about_kind, about_id, household_id, case_id, facts, due_at, valid_until, ends_with_case)
select n.id, n.cause_id, n.correlation_id, n.traceparent, n.channel, n.template, n.recipient, n.recipient_role, n.recipient_kind,
       n.recipient_id, n.team, n.about_kind, n.about_id, n.household_id, n.case_id, n.facts, n.due_at, n.valid_until,
       n.ends_with_case
from unnest($1::planned_notification[]) with ordinality as n
where not exists (
    select from notifications before
    where before.cause_id = n.cause_id and before.channel = n.channel and before.template = n.template)
order by n.ordinality

-- name: lease
-- Take the next ones in hand; mail to one recipient goes in order, so only the first of each is taken.
with next as (
    select n.id
    from notifications n
    where n.state = 'planned' and n.not_before <= now() and (n.leased_until is null or n.leased_until < now())
      and (n.channel <> 'mail' or not exists (
          select from notifications earlier
          where earlier.channel = 'mail' and earlier.recipient = n.recipient and earlier.number < n.number
            and earlier.state in ('planned', 'sending')))
    order by n.number
    limit $3
    for update of n skip locked
), taken as (
    update notifications n set owner = $1, leased_until = now() + $2::interval
    from next
    where n.id = next.id
    returning n.*
)
select t.*, c.director_id, c.closed_at is not null as case_closed
from taken t left join cases c on c.case_id = t.case_id
order by t.number

-- name: begin
-- From here on it may have been sent: committed before the channel is called. Only what is still ours, and still planned.
update notifications set state = 'sending', attempts = attempts + 1, leased_until = now() + $3::interval
where id = any($1::uuid[]) and owner = $2 and state = 'planned' and leased_until > now()
returning id

-- name: settle
-- How it went, said by the sender that has it in hand; also late, when it was already taken for dead.
update notifications n
set state = s.state, reason = s.reason, not_before = s.not_before, deferrals = s.deferrals, leased_until = null,
    settled_at = case when s.state = 'planned' then null else now() end
from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::int[])
     as s (id, state, reason, not_before, deferrals)
where n.id = s.id and n.owner = $6 and n.state in ('planned', 'sending', 'unknown')
returning n.id

-- name: abandoned
-- In hand longer than any attempt lasts: its sender died. A mail may have gone out; the inbox knows our key, so it may go again.
with lost as (
    select n.id from notifications n
    where n.state = 'sending' and n.leased_until < now()
    for update skip locked
)
update notifications n
set state = case n.channel when 'mail' then 'unknown' else 'planned' end,
    reason = 'sender_died',
    leased_until = null,
    settled_at = case n.channel when 'mail' then now() end
from lost
where n.id = lost.id
returning n.*, null::uuid as director_id, false as case_closed

-- name: notification_for_update
-- One message, if the caller may see it; nobody else changes it meanwhile.
select n.*, null::uuid as director_id, false as case_closed
from notifications n
where n.id = $1
for update

-- name: decide
-- What a person decided about it; nobody has it in hand any more.
update notifications
set state = $2, reason = $3, decided_by = $4, owner = null, leased_until = null, not_before = now(),
    settled_at = case when $2 = 'planned' then null else now() end
where id = $1

-- name: notification
-- One message as people see it.
select id as notification_id, template, channel, recipient_role, team, about_kind, about_id, cause_id as cause_event_id,
       state, reason, attempts, planned_at, valid_until, settled_at
from notifications
where id = $1

-- name: notifications
-- The messages the caller may see, newest first.
select number, id as notification_id, template, channel, recipient_role, team, about_kind, about_id,
       cause_id as cause_event_id, state, reason, attempts, planned_at, valid_until, settled_at
from notifications
where ($1::text is null or state = $1) and ($2::bigint is null or number < $2)
order by number desc
limit $3
