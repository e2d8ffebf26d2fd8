-- Volunteers, erased when they have not been asked for long (P17). That somebody helped stays, in ids, codes and hours. The
-- service's role can only ask for what is due.
insert into retention (code, keep, meaning) values
    ('volunteer', interval '2 years', 'a volunteer who is paused and helps nobody, from the moment of the pause');

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

create function erase_due(most int) returns table (volunteer_id uuid, team text)
    language plpgsql security definer set search_path = {schema}, extensions, pg_temp as $$
#variable_conflict use_column
declare
    due uuid[];
begin
    -- First the row that whoever decides about a volunteer takes, then what stands there by then.
    due := array(
        select c.volunteer_id from capacities c
        where c.volunteer_id in (select volunteer_id from volunteers where paused_at < kept_since('volunteer'))
        order by c.volunteer_id
        limit most
        for update skip locked);
    due := array(
        select v.volunteer_id from volunteers v
        where v.volunteer_id = any (due) and v.paused_at < kept_since('volunteer') and not held(v.volunteer_id)
          and not exists (select from matches m
                          where m.volunteer_id = v.volunteer_id
                            and m.state in ('proposed', 'matched', 'introduced', 'active')));
    delete from answer_links where match_id in (select match_id from matches where volunteer_id = any (due));
    delete from exclusions where volunteer_id = any (due);
    return query delete from volunteers where volunteer_id = any (due) returning volunteer_id, team;
end $$;
revoke execute on function erase_due from public;
grant execute on function erase_due to {role};
