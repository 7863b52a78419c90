-- The outbox: who is to be told of what has happened. Written in the transaction of the change itself, and worked off by whoever
-- comes first: at the end of a command, by a worker, by "outbox flush".
create table outbox (
  id          bigint generated always as identity primary key,
  event       uuid not null,                      -- the same for all who are told, and at every try
  type        text not null,                      -- "tenant.created"
  target      text not null,                      -- "mail", or a webhook's name
  tenant      uuid,                               -- it may be gone since, so there is no foreign key
  slug        text not null default '',
  data        jsonb not null,                     -- as things were right after the change
  happened_at timestamptz not null default clock_timestamp(),
  state       text not null default 'waiting',
  tries       integer not null default 0,
  tried_at    timestamptz,
  was_down    boolean not null default false,     -- its receiver took nothing at all then
  due_at      timestamptz not null default clock_timestamp(),
  ended_at    timestamptz,
  answer      text not null default '',           -- what the last try came to
  constraint outbox_event_key unique (event, target),
  constraint outbox_state_check check (state in ('waiting', 'sent', 'dead')),
  constraint outbox_ended_check check ((ended_at is not null) = (state <> 'waiting'))
);

create index outbox_due_idx on outbox (due_at, id) where state = 'waiting';
create index outbox_tried_idx on outbox (target, tried_at desc) where tried_at is not null;
create index outbox_ended_idx on outbox (ended_at) where state <> 'waiting';
create index outbox_tenant_idx on outbox (tenant);

-- Addresses that a mail server said do not exist, until one of them takes a mail again.
create table bounced_addresses (
  address    text not null,
  answer     text not null,
  bounced_at timestamptz not null default clock_timestamp(),
  constraint bounced_addresses_pkey primary key (address)
);
