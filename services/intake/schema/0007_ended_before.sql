-- Of those that ended before, nobody knows when: their term begins now. By itself, so that others can go on meanwhile.
update help_requests set ended_at = now() where state in ('answered', 'withdrawn') and ended_at is null;
