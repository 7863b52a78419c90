-- Tenants that share a database: each has a schema of its own there. Empty for those whose whole database is their own.
alter table tenants add column schema text not null default '';
alter table tenants drop constraint tenants_database_key;
alter table tenants add constraint tenants_database_key unique (server, database, schema);
