-- How many requests an outside service still takes, over all processes and machines: the instant at which its budget is whole again.
create table request_budgets (
  name     text primary key,
  whole_at timestamptz not null
);
