-- What a case said, erased when its term has passed (P17): goals, actions, reviews, consents, needs, plans and notes. That
-- there was a case, when, and who directed it stays, in ids and codes. The service's role can only ask for what is due.
insert into retention (code, keep, meaning) values
    ('case', interval '15 years', 'what a case says about a household, from the moment it was closed');

alter table cases
    add column erased_at timestamptz,
    add constraint nothing_said_once_erased check (erased_at is null or state = 'closed' and close_note is null);
create index cases_to_erase on cases (closed_at) where state = 'closed' and erased_at is null;

create function erase_due(most int) returns table (case_id uuid, household_id uuid, team text)
    language plpgsql security definer set search_path = {schema}, extensions, pg_temp as $$
#variable_conflict use_column
declare
    since constant timestamptz := kept_since('case');
    due uuid[];
begin
    due := array(
        select case_id from cases
        where state = 'closed' and erased_at is null and closed_at < since
          and case_id not in (select about from held) and household_id not in (select about from held)
        order by closed_at
        limit most
        for update skip locked);
    delete from support_needs where case_id = any (due);
    delete from actions where case_id = any (due);
    delete from goals where case_id = any (due);
    delete from reviews where case_id = any (due);
    delete from plans where case_id = any (due);
    delete from consents where case_id = any (due);
    update handovers set note = null, over_limit_reason = null where case_id = any (due);
    return query
        update cases set erased_at = now(), close_note = null where case_id = any (due)
        returning case_id, household_id, team;
end $$;

-- Whether there is such a thing here, for who wants to hold it.
create function knows(wanted uuid) returns boolean
    stable language sql security definer set search_path = {schema}, extensions, pg_temp as $$
    select exists (select from cases where case_id = wanted)
        or exists (select from cases where household_id = wanted)
$$;
revoke execute on function erase_due, knows from public;
grant execute on function erase_due, knows to {role};
