-- What has had its term.

-- name: erase_due
-- Erase at most so many that are due, and answer which.
select * from erase_due($1)
