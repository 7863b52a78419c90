-- Who did what and when, and how much of its plan a tenant used on a day.

create table audit_log (
  id        bigint generated always as identity primary key,
  at        timestamptz not null default clock_timestamp(),
  actor     text not null,
  host      text not null,
  action    text not null,                        -- such as "create.succeeded"
  tenant    uuid,
  slug      text not null default '',
  operation uuid,
  details   jsonb not null default '{}'
);

create index audit_log_slug_idx on audit_log (slug, at desc);
create index audit_log_at_idx on audit_log (at desc);

create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function refuse_change();

create table tenant_usage (
  tenant   uuid not null references tenants (id) on delete cascade,
  day      date not null,                         -- in UTC
  resource text not null,
  amount   bigint not null default 0,
  primary key (tenant, day, resource),
  constraint tenant_usage_amount_check check (amount >= 0)
);
