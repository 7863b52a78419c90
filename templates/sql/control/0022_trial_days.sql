-- So many days after a beginning: of 24 hours each, or, with a time zone, days of its calendar, to the end of the last of them. None of them is
-- no time at all.
create function after_days(begins timestamptz, days integer, zone text) returns timestamptz
language sql stable as $$
  select case when zone = '' or days = 0 then begins + make_interval(hours => 24 * days)
              else (date_trunc('day', begins at time zone zone) + make_interval(days => days + 1)) at time zone zone end
$$;
