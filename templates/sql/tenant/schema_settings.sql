-- In every tenant's schema of a shared database: what its application may read about itself, and not change.
create table tenantctl_settings (
  key   text primary key,
  value text not null
);
