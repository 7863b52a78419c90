-- A deleted tenant's row stays. Its name is another's once its quarantine is over.
alter table tenants add column quarantined_until timestamptz;
alter table tenants drop constraint tenants_slug_key;
create unique index tenants_slug_key on tenants (slug) where status <> 'deleted';
create index tenants_deleted_idx on tenants (slug, deleted_at desc) where status = 'deleted';
