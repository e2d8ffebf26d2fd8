-- The first director's period is written with the case, and looked at when the case is: not a second time for the period.
-- Every case begins with epoch 1, so one without a new case beside it can only be a second one, which the key refuses.
drop trigger director_at_every_instant on director_periods;
create constraint trigger director_at_every_instant after update on director_periods
    deferrable initially deferred for each row execute function director_at_every_instant();
create constraint trigger director_at_every_instant_after_the_first after insert on director_periods
    deferrable initially deferred for each row when (new.epoch > 1) execute function director_at_every_instant();
