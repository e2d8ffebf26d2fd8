-- What is not erased yet.

-- name: knows
-- Whether there is something here with this id.
select knows($1)

-- name: hold
-- Keep something beyond its term; what was said last counts.
insert into holds (about, until, because)
values ($1, $2, $3)
on conflict (about) do update set until = excluded.until, because = excluded.because

-- name: let_go
-- Holds that ended, with the words in them; a day later, so that no time zone matters.
delete from holds where until < current_date - 1
