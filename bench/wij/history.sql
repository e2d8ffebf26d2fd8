-- Years that went by before the clock starts: `{cases}` closed cases of as many households, ten events each, all of them
-- numbered, copied and read long ago. Ids are as old as what they name, so they lie in the indexes as real ones do.
-- Triggers and references rest meanwhile: what they check holds here by construction.

set session_replication_role = replica;
set synchronous_commit = off;

create temporary table past as
select n, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid as household_id,
       uuidv7(-ago) as case_id, uuidv7(-ago - interval '1 day') as request_id, uuidv7(-ago + interval '9 days') as match_id,
       uuidv7(-ago + interval '8 days') as need_id, uuidv7(-ago + interval '7 days') as plan_id,
       now() - ago as opened_at, now() - ago + interval '20 days' as closed_at
from (select n, interval '60 days' + (({cases} - n) * interval '10 years' / {cases}) as ago
      from generate_series(1, {cases}) n) numbered;
create temporary table people as select worker_id, row_number() over () - 1 as n, count(*) over () as many from plan.workers;
create temporary table helpers as
select volunteer_id, row_number() over () - 1 as n, count(*) over () as many from matching.volunteers;

insert into intake.questions (request_id, words, postcode, house_number)
select request_id, 'Lang geleden vroeg iemand iets.', '1001AA', 1 from past;
insert into intake.help_requests (request_id, channel, state, team, submitted_by, anonymous, received_at, receipt_due_at,
                                  owner_id, urgency, topics, safety, household_id, legal_basis, case_id)
select request_id, 'stip', 'case_opened', 'selwerd', household_id, true, opened_at, opened_at, household_id, 'normal',
       '{{loneliness}}', 'none', null, 'public_task', case_id
from past;

-- And the last week of eleven teams: of each, two hundred questions that nobody took up yet. That is what a worklist
-- shows, however old the town is, and those of one team lie far apart.
with waiting as (
    select uuidv7(-ago) as request_id, now() - ago as received_at, team
    from (select n * interval '4 minutes' as ago, case n % 11 when 0 then 'selwerd' else 'team-' || n % 11 end as team
          from generate_series(2200, 1, -1) n) lately
), asked as (
    insert into intake.questions (request_id, words, postcode, house_number)
    select request_id, 'Deze week vroeg iemand iets.', '1001AA', 1 from waiting
)
insert into intake.help_requests (request_id, channel, state, team, submitted_by, anonymous, received_at, receipt_due_at,
                                  due_at)
select request_id, 'stip', 'received', team, request_id, true, received_at, received_at + interval '2 days',
       received_at + interval '42 days'
from waiting;

insert into intake.cases (case_id, household_id, team, director_id, open, position)
select case_id, household_id, 'selwerd', worker_id, false, p.n from past p join people w on w.n = p.n % w.many;

insert into plan.households (household_id) select household_id from past;
insert into plan.cases (case_id, household_id, household_version, buurt, team, state, director_id, epoch, opened_from,
                        opened_at, closed_at, close_reason)
select case_id, household_id, 1, 'BU00000001', 'selwerd', 'closed', worker_id, 1, request_id, opened_at, closed_at,
       'goals_reached'
from past p join people w on w.n = p.n % w.many;
insert into plan.director_periods (case_id, epoch, household_id, director_id, period, reason)
select case_id, 1, household_id, worker_id, tstzrange(opened_at, closed_at), 'lowest_caseload'
from past p join people w on w.n = p.n % w.many;
insert into plan.case_requests (request_id, case_id, attached_at) select request_id, case_id, opened_at from past;
insert into plan.plans (plan_id, case_id, number, state, version, agreed_by, agreed_by_role, method, agreed_on, drafted_at,
                        activated_at, ended_at)
select plan_id, case_id, 1, 'closed', 4, 'Bewoner', 'resident', 'in_person', opened_at::date, opened_at, opened_at, closed_at
from past;

insert into matching.cases (case_id, household_id, team, director_id, closed)
select case_id, household_id, 'selwerd', worker_id, true from past p join people w on w.n = p.n % w.many;
insert into matching.needs (need_id, case_id, household_id, team, consent_id, kind, buurt, availability, hours_week,
                            certificate_required, starts_on, consent_until, requested_at, state)
select need_id, case_id, household_id, 'selwerd', need_id, 'conversation', 'BU00000001', 1, 1, false, opened_at::date,
       opened_at::date, opened_at, 'fulfilled'
from past;
insert into matching.matches (match_id, need_id, case_id, household_id, team, volunteer_id, hours_week, state, proposed_at,
                              due_at, score, weights_version, ended_at)
select match_id, need_id, case_id, household_id, 'selwerd', volunteer_id, 1, 'ended', opened_at, opened_at, '[]', 1, closed_at
from past p join helpers h on h.n = p.n % h.many;

insert into notify.cases (case_id, household_id, team, director_id, closed_at)
select case_id, household_id, 'selwerd', worker_id, closed_at from past p join people w on w.n = p.n % w.many;
insert into notify.deadlines (id, term, subject_id, household_id, case_id, team, due_at, closed_at, closed_by, cause_id,
                              correlation_id)
select plan_id, 'review', plan_id, household_id, case_id, 'selwerd', closed_at, closed_at, 'case.closed', plan_id, 'past'
from past;
insert into notify.notifications (id, cause_id, correlation_id, channel, template, recipient, recipient_role, recipient_kind,
                                  recipient_id, team, about_kind, about_id, household_id, case_id, facts, ends_with_case,
                                  planned_at, state, settled_at)
select match_id, match_id, 'past', 'mail', 'case_closed', 'household:' || household_id, 'household', 'household', household_id,
       'selwerd', 'case', case_id, household_id, case_id, '{{}}', false, opened_at, 'sent', closed_at
from past;

-- Ten events a case, in the two logs that tell most; younger than the stream keeps nothing, so no relay copies them again.
insert into plan.outbox (type, aggregate_id, sequence, household_id, subject, body, told_at)
select 'nl.wij.plan.past.told.v1', case_id, k, household_id, 'wij.plan.past_told.selwerd.0', '\x00', closed_at
from past, generate_series(1, 7) k order by n, k;
insert into intake.outbox (type, aggregate_id, sequence, household_id, subject, body, told_at)
select 'nl.wij.intake.past.told.v1', request_id, k, null, 'wij.intake.past_told.selwerd.0', '\x00', opened_at
from past, generate_series(1, 3) k order by n, k;
insert into plan.log (position, outbox_ids)
select max(n), array_agg(id order by n) from (select id, row_number() over (order by id) as n from plan.outbox) one group by (n - 1) / 200;
insert into intake.log (position, outbox_ids)
select max(n), array_agg(id order by n) from (select id, row_number() over (order by id) as n from intake.outbox) one group by (n - 1) / 200;

insert into intake.positions (source, partition, position)
select 'plan', p, (select max(position) from plan.log) from generate_series(0, 7) p;
insert into plan.positions (source, partition, position)
select 'intake', p, (select max(position) from intake.log) from generate_series(0, 7) p;
insert into matching.positions (source, partition, position)
select s, p, n from generate_series(0, 7) p,
     (values ('intake', (select max(position) from intake.log)), ('plan', (select max(position) from plan.log))) as ends (s, n);
insert into notify.positions (source, partition, position)
select s, p, n from generate_series(0, 7) p,
     (values ('intake', (select max(position) from intake.log)), ('plan', (select max(position) from plan.log))) as ends (s, n);

reset session_replication_role;
