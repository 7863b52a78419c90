-- Tenants, the hosts they answer on, and their configuration values.
-- A migration runs once, in one transaction, and is never edited afterwards: its checksum is recorded.

create table tenants (
  id            uuid primary key,
  code          text not null,
  slug          text not null,
  status        text not null default 'provisioning',
  company_name  text not null,
  admin_email   text not null,
  owner         text not null default '',
  stack         text not null,
  plan          text not null,
  plan_terms    jsonb not null default '{}',      -- the plan as it was when the tenant took it
  server        text not null,
  database      text not null,
  domain        text not null,
  created_at    timestamptz not null default clock_timestamp(),
  activated_at  timestamptz,
  suspended_at  timestamptz,
  cancelled_at  timestamptz,
  deleted_at    timestamptz,
  trial_ends_at timestamptz,
  grace_ends_at timestamptz,
  constraint tenants_slug_key unique (slug),
  constraint tenants_code_key unique (code),
  constraint tenants_database_key unique (server, database),
  constraint tenants_slug_check check (slug ~ '^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$'),
  constraint tenants_code_check check (code ~ '^[A-Z][A-Z0-9]{7}$'),
  constraint tenants_status_check check (status in ('provisioning', 'active', 'suspended', 'cancelled', 'deleted', 'failed')),
  constraint tenants_company_name_check check (octet_length(company_name) <= 200),
  constraint tenants_admin_email_check check (octet_length(admin_email) <= 254),
  constraint tenants_plan_terms_check check (jsonb_typeof(plan_terms) = 'object'),
  constraint tenants_grace_check check (grace_ends_at is null or grace_ends_at >= trial_ends_at)
);

create index tenants_status_idx on tenants (status);
create index tenants_trial_idx on tenants (trial_ends_at) where trial_ends_at is not null;

create table tenant_domains (
  host       text primary key,
  tenant     uuid not null references tenants (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  constraint tenant_domains_host_check check (host = lower(host) and octet_length(host) between 1 and 253)
);

create index tenant_domains_tenant_idx on tenant_domains (tenant);

create table tenant_configurations (
  tenant     uuid not null references tenants (id) on delete cascade,
  key        text not null,
  value      text not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant, key)
);
