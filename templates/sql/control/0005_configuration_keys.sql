-- Versions and history of tenants' configurations, and API keys. History outlives its tenant, as operations do, so that it has
-- no foreign key.

alter table tenants add column configuration_version bigint not null default 0;  -- raised by every change since the create
alter table tenants add column configuration_given bigint not null default 0;    -- what the application's copy was brought up to

create table tenant_configuration_changes (
  tenant    uuid not null,
  version   bigint not null,
  key       text not null,
  old_value text,                                 -- null: it had none
  new_value text,                                 -- null: it was unset
  actor     text not null,
  host      text not null,
  at        timestamptz not null default clock_timestamp(),
  primary key (tenant, version)
);

create trigger tenant_configuration_changes_append_only before update or delete or truncate on tenant_configuration_changes
  for each statement execute function refuse_change();

create table api_keys (
  id              text primary key,
  tenant          uuid not null references tenants (id) on delete cascade,
  scopes          text[] not null default '{}',
  secret_hash     text not null,                  -- SHA-256 in hexadecimal; the secret itself is nowhere
  old_secret_hash text,                           -- of before the last rotation
  old_lives_until timestamptz,
  created_by      text not null,
  created_at      timestamptz not null default clock_timestamp(),
  expires_at      timestamptz,
  rotated_at      timestamptz,
  revoked_at      timestamptz,
  last_used_at    timestamptz,
  constraint api_keys_id_check check (id ~ '^[a-z2-7]{12}$'),
  constraint api_keys_secret_hash_check check (secret_hash ~ '^[0-9a-f]{64}$'),
  constraint api_keys_old_secret_check check ((old_secret_hash is null) = (old_lives_until is null))
);

create index api_keys_tenant_idx on api_keys (tenant, created_at);

-- A page of the audit log is cut off by id.
create index audit_log_slug_id_idx on audit_log (slug, id desc);
create index audit_log_tenant_id_idx on audit_log (tenant, id desc);
