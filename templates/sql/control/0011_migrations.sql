-- Which of its stack's schema migrations a tenant is known to have. Its own database has the last word; this saves asking it.
alter table tenants add column schema_version text not null default '';      -- of the last file, as "0003"
alter table tenants add column schema_fingerprint text not null default '';  -- of all files up to that one; empty: not known
alter table tenants add column schema_revision bigint not null default 0;    -- raised by every write of these, so that a late one is refused
alter table tenants add column schema_error text not null default '';        -- why its last migration failed
create index tenants_stack_schema_idx on tenants (stack, schema_fingerprint) where status in ('active', 'suspended', 'cancelled');
