-- What is erased not yet.

-- name: hold
-- Keep something beyond its term; what was said last counts.
insert into holds (about, until, because)
values ($1, $2, $3)
on conflict (about) do update set until = excluded.until, because = excluded.because
