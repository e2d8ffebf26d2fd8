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
-- Something may be shared; a scope is a list of codes, so it comes joined by commas.
insert into consents (consent_id, case_id, person_id, legal_basis, purpose, recipient_kind, scope, until, how, given_at)
select consent_id, case_id, person_id, legal_basis, purpose, recipient_kind, string_to_array(scope, ','), until, how, $10
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[], $9::text[])
    as t (consent_id, case_id, person_id, legal_basis, purpose, recipient_kind, scope, until, how)

-- name: withdraw
-- It may no longer be shared.
update consents set withdrawn_at = $2 where consent_id = $1
