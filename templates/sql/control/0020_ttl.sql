-- Tenants that are made to go again: of tests, previews and demonstrations.
alter table tenants
  add column expires_at timestamptz;              -- from then on "expire" deletes it, whatever its state; empty: it stays

create index tenants_expires_idx on tenants (expires_at) where expires_at is not null and status <> 'deleted';
