-- Where neighbourhoods are.

-- name: save_places
-- The middle of each neighbourhood; of several in one batch the last counts.
insert into places (buurt, x, y)
select distinct on (buurt) buurt, x, y
from unnest($1::text[], $2::int[], $3::int[]) with ordinality as told (buurt, x, y, place)
order by buurt, place desc
on conflict (buurt) do update set x = excluded.x, y = excluded.y
where (places.x, places.y) is distinct from (excluded.x, excluded.y)

-- name: move_volunteers
-- Volunteers without a point of their own live in the middle of their neighbourhood, wherever that is now.
update volunteers v
set x = p.x, y = p.y
from places p
where p.buurt = v.buurt and not v.exact and p.buurt = any($1::text[])
  and (v.x, v.y) is distinct from (p.x, p.y)
