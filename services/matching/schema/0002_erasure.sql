-- Volunteers, erased when they have not been asked for long (P17). That somebody helped stays, in ids, codes and hours. The
-- service's role can only ask for what is due.
insert into retention (code, keep, meaning) values
    ('volunteer', interval '2 years', 'a volunteer who is paused, from that moment or from the end of their last match');

-- Since when, whoever writes that it is so.
alter table volunteers add column paused_at timestamptz;
update volunteers set paused_at = now() where state = 'paused';
create function keep_pause() returns trigger language plpgsql as $$
begin
    new.paused_at := case when new.state = 'paused' then now() end;
    return new;
end
$$;
create trigger keep_pause before update of state on volunteers
    for each row when (old.state <> new.state) execute function keep_pause();

-- A match refers to the volunteer's row of ids and hours, which stays.
alter table capacities drop constraint capacities_volunteer_id_fkey;
alter table matches
    drop constraint matches_volunteer_id_fkey,
    add constraint matches_volunteer_id_fkey foreign key (volunteer_id) references capacities;

create view volunteers_to_erase as
select v.volunteer_id
from volunteers v
left join lateral (
    select max(m.ended_at) as helped_until, coalesce(bool_or(m.ended_at is null), false) as helping
    from matches m
    where m.volunteer_id = v.volunteer_id
) m on true
where v.state = 'paused'
  and greatest(v.paused_at, m.helped_until) < (select kept_since('volunteer'))
  and not m.helping
  and v.volunteer_id not in (select about from held);

create function erase_due(most int) returns table (volunteer_id uuid, team text)
    language plpgsql security definer set search_path = {schema}, extensions, pg_temp as $$
#variable_conflict use_column
declare
    due uuid[];
begin
    -- First the row that whoever decides about a volunteer takes, and then what stands there by now.
    due := array(
        select volunteer_id from capacities
        where volunteer_id in (select volunteer_id from volunteers_to_erase)
        order by volunteer_id
        limit most
        for update skip locked);
    due := array(select volunteer_id from volunteers_to_erase where volunteer_id = any (due));
    delete from answer_links where match_id in (select match_id from matches where volunteer_id = any (due));
    delete from exclusions where volunteer_id = any (due);
    return query delete from volunteers where volunteer_id = any (due) returning volunteer_id, team;
end $$;

-- Whether there is such a thing here, for who wants to hold it.
create function knows(wanted uuid) returns boolean
    stable language sql security definer set search_path = {schema}, extensions, pg_temp as $$
    select exists (select from volunteers where volunteer_id = wanted)
$$;
revoke execute on function erase_due, knows from public;
grant execute on function erase_due, knows to {role};
