-- When a question ended without a case, whoever writes that it did: a term counts from then (P17).
alter table help_requests add column ended_at timestamptz;
create function keep_end() returns trigger language plpgsql as $$
begin
    new.ended_at := now();
    return new;
end
$$;
create trigger keep_end before update of state on help_requests for each row
    when (new.state in ('answered', 'withdrawn') and old.state <> new.state) execute function keep_end();
