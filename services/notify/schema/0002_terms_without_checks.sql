-- A term is started by its policy, which nobody but the owner of the tables may delete, and a moment in the transaction that
-- wrote its term, which nobody may delete. So these two references could not break, and cost sixteen look-ups a case.
alter table deadlines drop constraint deadlines_term_fkey;
alter table moments drop constraint moments_deadline_id_fkey;
