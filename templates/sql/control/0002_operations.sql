-- The journal: what was begun, by whom, and every step's marks. Operations outlive their tenants: a create that was undone
-- takes the tenant's row with it and stays here, so there is no foreign key from an operation to a tenant.

create table operations (
  id               uuid primary key,
  tenant           uuid not null,
  slug             text not null,
  kind             text not null,
  pipeline_version integer not null default 1,
  parameters       jsonb not null default '{}',   -- all that a resume needs; never a secret
  actor_name       text not null,
  actor_host       text not null,
  actor_pid        integer not null,
  state            text not null default 'running',
  fence            bigint not null default 1,     -- raised by every take-over; writes with an older one are refused
  idempotency_key  text,
  error_code       text not null default '',      -- why it was undone
  error_message    text not null default '',
  started_at       timestamptz not null default clock_timestamp(),
  finished_at      timestamptz,
  constraint operations_idempotency_key_key unique (idempotency_key),
  constraint operations_state_check check (state in ('running', 'undoing', 'succeeded', 'undone', 'stuck')),
  constraint operations_fence_check check (fence > 0),
  constraint operations_finished_check check ((finished_at is not null) = (state in ('succeeded', 'undone')))
);

create index operations_slug_idx on operations (slug, started_at desc);
create index operations_tenant_idx on operations (tenant);
create index operations_started_idx on operations (started_at desc);
create index operations_unfinished_idx on operations (started_at desc) where state in ('running', 'undoing', 'stuck');

create table step_events (
  id            bigint generated always as identity primary key,
  operation     uuid not null references operations (id),
  step          text not null,
  mark          text not null,
  evidence      jsonb not null default '{}',
  error_code    text not null default '',
  error_message text not null default '',
  duration_ms   bigint not null default 0,
  at            timestamptz not null default clock_timestamp(),
  constraint step_events_mark_check check (mark in ('applying', 'applied', 'failed', 'reverting', 'reverted', 'revert_failed'))
);

create index step_events_operation_idx on step_events (operation, id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of "%" are never changed or removed', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger step_events_append_only before update or delete or truncate on step_events
  for each statement execute function refuse_change();
