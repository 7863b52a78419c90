-- Certificates: what is to be served by https, and how far that is. A row is got for its names by whoever comes first: at the end of
-- a command, by a worker, by "certs retry".
create table certificates (
  name         text not null,                      -- the first of its names, and what it is called everywhere
  tenant       uuid not null,
  names        jsonb not null,                     -- ["acme.yourapp.test", "api.acme.yourapp.test"]
  host         text not null,                      -- of nginx and of certbot, as tenantctl.yaml named it; empty: the machine itself
  home         text not null,                      -- certbot's folder there
  folder       text not null,                      -- nginx's there
  zone         text not null,                      -- the domain that an authority counts it by
  requested_at timestamptz not null default clock_timestamp(),
  issued_at    timestamptz,                        -- of the one that is served; null: none yet
  not_after    timestamptz,
  due_at       timestamptz not null default clock_timestamp(),
  tries        integer not null default 0,         -- that failed, since the last that did not
  tried_at     timestamptz,
  problem      text not null default '',           -- what the last try came to
  constraint certificates_pkey primary key (name),
  -- Not "cascade": what is still on a host would be forgotten.
  constraint certificates_tenant_fkey foreign key (tenant) references tenants (id),
  constraint certificates_issued_check check ((issued_at is null) = (not_after is null))
);

create index certificates_due_idx on certificates (due_at);
create index certificates_tenant_idx on certificates (tenant);

-- Every new certificate that was asked for, for as long as an authority counts it.
create table certificate_orders (
  id         bigint generated always as identity primary key,
  zone       text not null,
  name       text not null,
  is_renewal boolean not null,
  ordered_at timestamptz not null default clock_timestamp(),
  is_issued  boolean not null
);

create index certificate_orders_zone_idx on certificate_orders (zone, ordered_at);

-- Nothing looks for deliveries by tenant.
drop index outbox_tenant_idx;
