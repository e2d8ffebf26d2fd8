-- The same rule of whose answers these are, asked once per statement and not once per row.
alter policy own_answers on answers using (actor_id = (select actor_id()) or (select actor_has('service')));
