-- Databases made ahead of time. An entry has the id, code and names that its tenant will have; it goes when that tenant is begun.
create table pool_entries (
  tenant     uuid primary key,                    -- who it will be
  code       text not null unique,
  stack      text not null,
  server     text not null,
  template   text not null default '',            -- that it was cloned from, once it is ready
  state      text not null default 'filling',
  filled_by  uuid not null,                       -- the operation; undoing it removes the database
  claimed_by uuid,                                -- the operation that is about to take it
  claimed_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  constraint pool_entries_state_check check (state in ('filling', 'ready', 'claimed', 'draining')),
  constraint pool_entries_claim_check check ((state = 'claimed') = (claimed_by is not null))
);

create index pool_entries_ready_idx on pool_entries (stack, created_at) where state = 'ready';
