-- How a tenant's last verify-isolation went. All earlier ones are in the audit log.
create table isolation_results (
  tenant       uuid not null references tenants on delete cascade,
  checked_at   timestamptz not null default clock_timestamp(),
  tries        bigint not null,
  breaches     integer not null,
  inconclusive integer not null,
  accepted     integer not null,
  constraint isolation_results_pkey primary key (tenant)
);
