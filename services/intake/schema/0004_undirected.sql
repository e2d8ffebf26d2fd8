-- A request that was accepted and has no case yet is a household without a director. When that lasts, somebody is told, once (P4).
-- Moments of the database's clock: no process's own clock counts.
alter table help_requests add column accepted_at timestamptz, add column undirected_at timestamptz;
create index help_requests_without_director on help_requests (coalesce(accepted_at, received_at))
    where state = 'accepted' and undirected_at is null;
