-- Requests, households and people, erased when their term has passed (P17). The service's role may delete none of them: it
-- can only ask for what is due, and what that is stands here. Whoever writes about one of them at the same moment wins: a
-- row that is in use is left for the next time, and a reference that came just before makes the whole attempt fail.
insert into retention (code, keep, meaning) values
    ('request', interval '1 year', 'a question that was answered or withdrawn, from the day it came in'),
    ('household', interval '1 year', 'a household without questions and cases, from the day it was registered');

-- Plan tells that a case is erased; the questions it answered go with it.
alter table cases add column erased boolean not null default false;
create index erased_cases on cases (household_id) where erased;
create index requests_that_ended on help_requests (received_at) where state in ('answered', 'withdrawn');

create function erase_due(most int) returns table (kind text, id uuid, team text)
    language plpgsql security definer set search_path = {schema}, extensions, pg_temp as $$
#variable_conflict use_column
declare
    due uuid[];
    people uuid[];
begin
    due := array(
        select request_id from help_requests r
        where (r.state in ('answered', 'withdrawn') and r.received_at < kept_since('request')
               or exists (select from cases c
                          where c.erased and c.household_id = r.household_id and c.case_id = r.case_id))
          and not held(request_id) and (r.household_id is null or not held(r.household_id))
        order by request_id
        limit most
        for update skip locked);
    return query select 'help_request', request_id, team from help_requests where request_id = any (due);
    delete from request_notes where request_id = any (due);
    delete from requesters where request_id = any (due);
    delete from help_requests where request_id = any (due);
    delete from questions where request_id = any (due);

    due := array(
        select household_id from households h
        where h.registered_at < kept_since('household')
          and not exists (select from help_requests r where r.household_id = h.household_id)
          and not exists (select from cases c where c.household_id = h.household_id and not c.erased)
          and not held(household_id)
        order by household_id
        limit most
        for update skip locked);
    return query select 'household', household_id, team from households where household_id = any (due);
    people := array(select person_id from memberships where household_id = any (due));
    delete from memberships where household_id = any (due);
    delete from persons p
    where p.person_id = any (people) and not exists (select from memberships m where m.person_id = p.person_id);
    delete from households where household_id = any (due);
end $$;
revoke execute on function erase_due from public;
grant execute on function erase_due to {role};
