-- A town that is there before the clock starts: one team with its workers, neighbourhoods, households and volunteers.
-- Numbers make the ids, so the load generator knows them too. `{buurten}`, `{households}` and `{volunteers}` are counts.

insert into intake.teams (code, team_id, name, active_from)
values ('selwerd', uuidv7(), 'Selwerd', '2020-01-01');

insert into intake.buurten (code, name, municipality, x, y)
select 'BU' || lpad(n::text, 8, '0'), 'Buurt ' || n, 'Groningen', 200000 + 1000 * (n % 100), 500000 + 1000 * (n / 100)
from generate_series(1, {buurten}) n;

insert into intake.postcodes (postcode, buurt)
select (1000 + n) || 'AA', 'BU' || lpad(n::text, 8, '0') from generate_series(1, {buurten}) n;

insert into intake.team_areas (buurt, team, period)
select code, 'selwerd', tstzrange('2020-01-01', null) from intake.buurten;

insert into intake.households (household_id, postcode, house_number, buurt, team, registered_by, registered_at)
select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, (1000 + b) || 'AA', n,
       'BU' || lpad(b::text, 8, '0'), 'selwerd', uuidv7(), now()
from (select n, 1 + n % {buurten} as b from generate_series(1, {households}) n) numbered;

-- Caseloads in a benchmark are not those of people, so nobody is ever full.
insert into intake.workers (worker_id, team, roles, specialisms, caseload_limit, name, email, valid_from)
select uuidv7(), 'selwerd', '{{worker}}', '{{}}', 1000000, 'Werker ' || n, n || '@wij.example', '2020-01-01'
from generate_series(1, 15) n;
insert into plan.workers (worker_id, team, roles, specialisms, caseload_limit, valid_from)
select worker_id, team, roles, specialisms, caseload_limit, valid_from from intake.workers;

insert into matching.places (buurt, x, y) select code, x, y from intake.buurten;
insert into matching.volunteers (volunteer_id, team, state, given_name, family_name, registered_as, buurt, x, y, exact,
                                 max_distance_m, kinds, languages, availability)
select uuidv7(), 'selwerd', 'active', 'Vrijwilliger ' || n, 'Bedacht', '\x00', 'BU' || lpad(b::text, 8, '0'),
       200000 + 1000 * (b % 100) + n % 90, 500000 + 1000 * (b / 100), true, 400, '{{conversation,errands}}', '{{nl}}',
       (1::bigint << 56) - 1
from (select n, 1 + n % {buurten} as b from generate_series(1, {volunteers}) n) numbered;
insert into matching.capacities (volunteer_id, hours_week) select volunteer_id, 40 from matching.volunteers;
