-- A request's team and neighbourhood are read from the tables of areas in the transaction that writes the request, and
-- nobody but the owner of these tables may delete a team or a neighbourhood. So these two references could not break, and cost
-- up to four look-ups a case.
alter table help_requests drop constraint help_requests_team_fkey, drop constraint help_requests_buurt_fkey;
