-- Batches of creates, and their rows as jobs that any number of workers take.
create table batches (
  id         text primary key,
  digest     text not null,                       -- SHA-256 of the rows: a repeat must bring the same
  on_error   text not null,
  stopped    boolean not null default false,      -- a row failed, and on_error says to begin no more
  actor      text not null,
  host       text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint batches_id_check check (id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  constraint batches_on_error_check check (on_error in ('continue', 'stop'))
);

create table jobs (
  batch         text not null references batches (id) on delete cascade,
  row           integer not null,                 -- from 1, in the order of the file
  request       jsonb not null,
  state         text not null default 'waiting',
  try           integer not null default 1,       -- raised where a row that failed is put back; a part of its idempotency key
  not_before    timestamptz,                      -- of one that was given back
  worker        text,                             -- who took it last
  worker_lock   bigint,                           -- the advisory lock that its session holds for as long as it lives
  lease_until   timestamptz,                      -- after this anybody may take it
  fence         bigint not null default 0,        -- raised by every taking: whoever held it before can't end it any more
  operation     uuid,
  error_code    text,
  error_message text,
  error_hint    text,
  duration_ms   bigint,
  ended_at      timestamptz,
  primary key (batch, row),
  constraint jobs_state_check check (state in ('waiting', 'running', 'succeeded', 'failed')),
  constraint jobs_running_check check (state <> 'running' or (worker is not null and lease_until is not null))
);

create index jobs_open_idx on jobs (batch, row) where state in ('waiting', 'running');
create index jobs_running_idx on jobs (worker) where state = 'running';
