-- What was salvaged is not told again: in its place stands a notice, in the log and in the stream.

alter table salvage add column notice bytea not null;

create or replace view told as
select log.position, outbox.event_id::text, outbox.type, outbox.subject, outbox.traceparent, outbox.body
from log join outbox on outbox.id = log.outbox_id
union all
select position, null, null, 'wij.{schema}.position_withdrawn.none.0', null, notice
from salvage;
