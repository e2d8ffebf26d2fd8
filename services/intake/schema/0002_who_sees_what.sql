-- Need to know, in the database as well (PRIV-02): with every check in the code gone, these still hide the rows.
-- Runs as the owner of the schema; `{role}` is the service's role and no owner, so the policies bind it.

-- The director of the household's case, and the deputy while the director is away. After closing, the last director
-- still answers for what was done, until a new case begins.
create function directors_of(household uuid) returns uuid[] stable language sql as $$
    with latest as (
        select director_id, open from cases
        where household_id = household
        order by open desc, position desc
        limit 1
    )
    select coalesce(array_agg(worker), '{}')
    from (
        select director_id as worker from latest
        union
        select a.deputy_id
        from latest
        join absences a on a.worker_id = latest.director_id
        where latest.open and a.starts_at <= now() and (a.ends_at is null or now() < a.ends_at)
    ) acting
$$;

-- The others who work for the household: those involved in its case, who handles a question of it that has not
-- ended within the household's own team (`home`), and whoever registered it while it never had a case.
create function workers_on(household uuid, registrar uuid, home text) returns uuid[] stable language sql as $$
    select coalesce(array_agg(worker), '{}')
    from (
        select i.worker_id as worker
        from cases c
        join involvements i on i.case_id = c.case_id
        where c.household_id = household and c.open
        union
        select r.owner_id
        from help_requests r
        where r.household_id = household and r.team = home and r.state in ('waiting', 'accepted')
        union
        select registrar
        where registrar is not null and not exists (select from cases c where c.household_id = household)
    ) working
$$;

-- A request without its words: who sent it in, who handles it, and the people of its team.
alter table help_requests enable row level security;
create policy worklist on help_requests for select using (
    actor_has('service')
    or submitted_by = actor_id()
    or owner_id = actor_id()
    or (team = actor_team() and (actor_has('worker') or actor_has('coordinator') or actor_has('process_lead'))));
create policy sending_in on help_requests for insert with check (submitted_by = actor_id());
create policy handling on help_requests for update using (
    actor_has('service')
    or submitted_by = actor_id()
    or owner_id = actor_id()
    or (team = actor_team() and (actor_has('worker') or actor_has('coordinator'))));

-- The words: workers of the team until it is a case; from then on, those who work for the household.
create function sees_words(request uuid) returns boolean stable language sql as $$
    select actor_has('service') or (actor_has('worker') and exists (
        select from help_requests r
        where r.request_id = request
          and case when r.state in ('case_opened', 'attached')
                   then actor_id() = any (directors_of(r.household_id) || workers_on(r.household_id, null, r.team))
                   else r.team = actor_team() or r.owner_id = actor_id()
              end))
$$;

alter table questions enable row level security;
create policy reading on questions for select using (sees_words(request_id));
create policy asking on questions for insert with check (true);

alter table requesters enable row level security;
create policy reading on requesters for select using (sees_words(request_id));
create policy asking on requesters for insert with check (true);

alter table request_notes enable row level security;
create policy reading on request_notes for select using (sees_words(request_id));
create policy writing on request_notes for insert with check (written_by = actor_id());

-- A household and its people: those who work for it, and nobody else.
alter table households enable row level security;
create policy working_for on households for select using (
    actor_has('service')
    or (actor_has('worker')
        and actor_id() = any (directors_of(household_id) || workers_on(household_id, registered_by, team))));
create policy registering on households for insert with check (
    actor_has('worker') and registered_by = actor_id() and team = actor_team());
create policy changing on households for update using (
    actor_has('worker')
    and actor_id() = any (directors_of(household_id) || workers_on(household_id, registered_by, team)));

alter table memberships enable row level security;
create policy working_for on memberships for select using (
    actor_has('service') or exists (select from households h where h.household_id = memberships.household_id));
create policy joining on memberships for insert with check (
    exists (select from households h where h.household_id = memberships.household_id));
create policy leaving on memberships for update using (
    exists (select from households h where h.household_id = memberships.household_id));

alter table persons enable row level security;
create policy working_for on persons for select using (
    actor_has('service') or exists (select from memberships m where m.person_id = persons.person_id));
create policy joining on persons for insert with check (actor_has('worker'));
create policy changing on persons for update using (
    exists (select from memberships m where m.person_id = persons.person_id));

-- What may be asked about households without seeing them: ids, codes and dates of validity, never content. --------

-- The few facts of a household that a request for it must carry.
create function household_card(household uuid)
    returns table (household_id uuid, version int, buurt text, team text)
    stable security definer language sql set search_path = {schema}, pg_temp as $$
    select h.household_id, h.version, h.buurt, h.team
    from households h
    where h.household_id = household and (actor_has('worker') or actor_has('coordinator'))
$$;

-- The caller's own team's households at an address: whether there is a case, and who directs it.
create function households_at(at_postcode text, at_number int)
    returns table (household_id uuid, case_open boolean, director_id uuid)
    stable security definer language sql set search_path = {schema}, pg_temp as $$
    select h.household_id, c.case_id is not null, c.director_id
    from households h
    left join cases c on c.household_id = h.household_id and c.open
    where h.postcode = at_postcode and h.house_number = at_number
      and h.team = actor_team() and actor_has('worker')
    order by h.household_id
$$;

-- A name as it sounds: without case and accents.
create function plain(name text) returns text immutable language sql as $$
    select translate(lower(name), 'áàäâãåéèëêíìïîóòöôõøúùüûçñ', 'aaaaaaeeeeiiiioooooouuuucn')
$$;

-- Households a request may be about, with the reasons as codes (FL-12). Typing errors in a name are forgiven.
create function likely_households(
        at_postcode text, at_number int, born date, given text, family text)
    returns table (household_id uuid, reasons text[])
    stable security definer language sql set search_path = {schema}, extensions, pg_temp as $$
    with known as (
        select h.household_id,
               h.postcode = at_postcode and h.house_number = at_number as same_address,
               p.birth_date is not distinct from born and born is not null as same_birth_date,
               given is not null
                   and similarity(plain(p.given_name || ' ' || p.family_name), plain(given || ' ' || family)) >= 0.5
                   as same_name
        from households h
        left join memberships m on m.household_id = h.household_id and m.period @> current_date
        left join persons p on p.person_id = m.person_id
        where actor_has('worker')
          and ((h.postcode = at_postcode and h.house_number = at_number) or (born is not null and p.birth_date = born))
    )
    select k.household_id,
           array_remove(array[
               case when bool_or(k.same_address) then 'same_address' end,
               case when bool_or(k.same_birth_date) then 'same_birth_date' end,
               case when bool_or(k.same_name) then 'same_name' end], null)
    from known k
    group by k.household_id
    having bool_or(k.same_address) or bool_or(k.same_birth_date and k.same_name)
    order by bool_or(k.same_address) desc, k.household_id
    limit 20
$$;

-- Whether somebody has a primary household at any moment from this day on, seen or unseen by the caller (I14).
create function has_primary_household(person uuid, since date) returns boolean
    stable security definer language sql set search_path = {schema}, pg_temp as $$
    select exists (
        select from memberships
        where person_id = person and kind = 'primary' and period && daterange(since, null))
$$;

-- Whether a channel already sent in this reference, seen or unseen by the caller.
create function reference_is_known(by_channel text, the_reference text) returns boolean
    stable security definer language sql set search_path = {schema}, pg_temp as $$
    select exists (select from help_requests where channel = by_channel and reference = the_reference)
$$;

grant select on terms to {role};
grant select, insert, update on teams, buurten, postcodes, team_areas, workers, contacts to {role};
grant select, insert, update on cases, absences to {role};
grant select, insert, update, delete on involvements to {role};
grant select, insert, update on help_requests, households, persons, memberships to {role};
grant select, insert on questions, requesters, request_notes to {role};
