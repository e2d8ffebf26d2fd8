-- A goal and a review refer to their plan, an action to its goal and a need to its action, and so all of them to the case.
-- The references that skip a step said nothing more, and cost a look-up for every row.
alter table goals drop constraint goals_case_id_fkey;
alter table actions drop constraint actions_plan_id_fkey, drop constraint actions_case_id_fkey;
alter table reviews drop constraint reviews_case_id_fkey;
alter table support_needs drop constraint support_needs_case_id_fkey;

-- I3 is about plans that were active once: a draft and an agreement change nothing about it.
drop trigger one_plan_from_the_first on plans;
create constraint trigger one_plan_from_the_first after insert or update of state on plans
    deferrable initially deferred for each row when (new.activated_at is not null) execute function one_plan_from_the_first();
