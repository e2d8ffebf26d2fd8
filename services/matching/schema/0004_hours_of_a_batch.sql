-- I10 again, for all proposals of a batch at once: a volunteer who is proposed several times there is written once. Later
-- changes of a match come one by one, so for those the rule stays as it was.
create function reserve_hours() returns trigger language plpgsql security definer set search_path = {schema} as $$
begin
    update capacities c set reserved_hours = c.reserved_hours + n.hours
    from (
        select volunteer_id, sum(hours_week) as hours
        from new_matches
        where state in ('proposed', 'matched', 'introduced', 'active')
        group by volunteer_id
    ) n
    where c.volunteer_id = n.volunteer_id;
    return null;
end
$$;
create trigger reserve_hours after insert on matches
    referencing new table as new_matches for each statement execute function reserve_hours();
drop trigger keep_hours on matches;
create trigger keep_hours after update of state, hours_week on matches
    for each row execute function keep_hours();
