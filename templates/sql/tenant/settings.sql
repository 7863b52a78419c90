-- In every tenant's database: what its application may read about itself, and not change.
create schema tenantctl;
create table tenantctl.settings (
  key   text primary key,
  value text not null
);
