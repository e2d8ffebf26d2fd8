-- What may be shared, on which basis.

-- name: case_of
-- Of which case this consent is, to lock before reading on.
select case_id from consents where consent_id = $1

-- name: consent
-- One consent.
select * from consents where consent_id = $1

-- name: consents_of_case
-- All consents of a case.
select * from consents where case_id = $1 order by given_at, consent_id

-- name: give
-- Something may be shared.
insert into consents (consent_id, case_id, person_id, legal_basis, purpose, recipient_kind, scope, until, how, given_at)
select *, $2 from unnest($1::given_consent[])

-- name: withdraw
-- It may no longer be shared.
update consents set withdrawn_at = $2 where consent_id = $1
