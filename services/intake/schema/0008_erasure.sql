-- Requests, households and people, erased when their term has passed (P17). The service's role may delete none of them: it
-- can only ask for what is due, and what that is stands here. Whoever writes about one of them at the same moment wins: a
-- row that is in use is left for the next time, and a reference that came just before makes the whole attempt fail.
insert into retention (code, keep, meaning) values
    ('request', interval '1 year', 'a question that was answered or withdrawn, from that moment'),
    ('household', interval '1 year', 'a household without questions and cases, from the day it was registered');

create index requests_that_ended on help_requests (ended_at) where ended_at is not null;

-- Plan tells that a case is erased; the questions it answered go with it.
alter table cases add column erased boolean not null default false;
create index erased_cases on cases (household_id) where erased;

create function erase_due(most int) returns table (kind text, id uuid, household_id uuid, team text)
    language plpgsql security definer set search_path = {schema}, extensions, pg_temp as $$
#variable_conflict use_column
declare
    requests_since constant timestamptz := kept_since('request');
    households_since constant timestamptz := kept_since('household');
    due uuid[];
    people uuid[];
begin
    due := array(
        select ended.request_id
        from (select request_id, household_id from help_requests where ended_at < requests_since
              union
              select r.request_id, r.household_id
              from cases c join help_requests r on r.household_id = c.household_id and r.case_id = c.case_id
              where c.erased and not c.open) ended
        where ended.request_id not in (select about from held)
          and (ended.household_id in (select about from held)) is not true
        order by ended.request_id
        limit most);
    due := array(
        select request_id from help_requests
        where request_id = any (due) and request_id not in (select about from held)
        for update skip locked);
    return query
        select 'help_request', r.request_id, r.household_id, r.team from help_requests r where r.request_id = any (due);
    delete from request_notes where request_id = any (due);
    delete from requesters where request_id = any (due);
    delete from help_requests where request_id = any (due);
    delete from questions where request_id = any (due);

    due := array(
        select h.household_id from households h
        where h.registered_at < households_since
          and not exists (select from help_requests r where r.household_id = h.household_id)
          and not exists (select from cases c where c.household_id = h.household_id and (c.open or not c.erased))
          and h.household_id not in (select about from held)
        order by h.household_id
        limit most);
    due := array(
        select household_id from households
        where household_id = any (due) and household_id not in (select about from held)
        for update skip locked);
    return query
        select 'household', h.household_id, h.household_id, h.team from households h where h.household_id = any (due);
    people := array(select person_id from memberships where household_id = any (due));
    delete from memberships where household_id = any (due);
    delete from persons p
    where p.person_id = any (people) and not exists (select from memberships m where m.person_id = p.person_id);
    delete from households where household_id = any (due);
end $$;

-- Whether there is such a thing here, for who wants to hold it.
create function knows(wanted uuid) returns boolean
    stable language sql security definer set search_path = {schema}, extensions, pg_temp as $$
    select exists (select from questions where request_id = wanted)
        or exists (select from households where household_id = wanted)
$$;
revoke execute on function erase_due, knows from public;
grant execute on function erase_due, knows to {role};
