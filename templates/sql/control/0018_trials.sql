-- What becomes of trials: whether somebody pays, and what they were told.
alter table tenants
  add column payment_reference text not null default '',  -- the payment provider's name for the way to pay, never card data; empty: none
  add column trial_reminded    integer,                   -- how many days before the end the last reminder was sent
  add constraint tenants_payment_reference_check check (octet_length(payment_reference) <= 200);

create index tenants_grace_idx on tenants (grace_ends_at) where grace_ends_at is not null;
