-- Today is the day in the Netherlands, whatever time zone the database has: in UTC, who joined a household today was not found
-- in the first hour or two of the day.
alter function likely_households(text, int, date, text, text) set timezone = 'Europe/Amsterdam';
