-- Where a tenant is on its way to: until its operation ends, neither server is where its data surely is.
alter table tenants add column moving_to text;
create index tenants_moving_idx on tenants (moving_to) where moving_to is not null;

-- What moves have left on the servers that tenants came from, until somebody drops it.
create table old_copies (
  tenant   uuid not null references tenants on delete cascade,
  server   text not null,
  database text not null,                         -- what the tenant's database is called there since
  since    timestamptz not null default clock_timestamp(),
  constraint old_copies_pkey primary key (tenant, server)
);
