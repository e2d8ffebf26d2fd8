-- One row in `pending` for everything that was told together, and one in `log` for up to 200 positions in a row, instead of
-- a row in each for every event: at full load two of the three rows an event cost are gone (docs/decisions/0010).
-- An older process finds other columns here, and waits until it is replaced.
drop view told;

-- Both stand in `body`; they were columns for headers that repeated them.
alter table outbox drop column event_id, drop column traceparent;

alter table pending rename to pending_each;
alter table pending_each rename constraint pending_pkey to pending_each_pkey;
create table pending (
    first bigint primary key,
    ids   bigint[] not null check (first = ids[1])
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
insert into pending (first, ids) select id, array[id] from pending_each;
drop table pending_each;

alter table log rename to log_each;
alter table log_each rename constraint log_pkey to log_each_pkey;
create table log (
    position   bigint primary key, -- the last of the positions these events hold, one after the other
    outbox_ids bigint[] not null check (cardinality(outbox_ids) between 1 and 200)
);
insert into log (position, outbox_ids)
select max(position), array_agg(outbox_id order by position)
from (
    -- Positions in a row have the same distance to their row number; what was salvaged lies between.
    select position, outbox_id, position - row_number() over (order by position) as stretch from log_each
) one
group by stretch, position / 200;
drop table log_each;

-- Every event with its position. Who asks for positions asks for `stretch` as well, which is at most 199 higher: that is
-- what the index knows.
create view numbered as
select log.position - cardinality(log.outbox_ids) + one.n as position, one.id as outbox_id, log.position as stretch
from log cross join lateral unnest(log.outbox_ids) with ordinality as one (id, n);

-- What the stream is an exact copy of.
create view told as
select n.position, o.subject, o.body, n.stretch
from numbered n join outbox o on o.id = n.outbox_id
union all
select position, 'wij.{schema}.position_withdrawn.none.0', notice, position
from salvage;

grant select, insert, delete on pending to {role};
grant select, insert on log to {role};
grant select on numbered, told to {role};
