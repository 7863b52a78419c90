-- What tenants owe: invoices, and what they are made of that was not kept until now.

-- Of a count, how many were left at the day's end: on days of which nothing is written there are as many.
alter table usage_days add column at_end bigint;

-- Nothing is asked by the day alone, and it was taken for the last day of one tenant, which it finds slowly.
drop index usage_days_day_idx;

create or replace function sum_up_usage(of_tenant uuid, of_resource text, of_kind text, on_day date) returns void
language plpgsql as $$
begin
  insert into usage_days (tenant, day, resource, amount, at_end)
  select of_tenant, on_day, of_resource, s.amount, case when of_kind = 'count' then s.amount end
    from (select case of_kind
           when 'count' then (select coalesce(max(amount), 0) from tenant_counts where tenant = of_tenant and resource = of_resource)
           when 'measured' then (select amount from usage_reports where tenant = of_tenant and day = on_day and resource = of_resource
                                  order by reported_at desc limit 1)
           else (select sum(amount)::bigint from usage_reports where tenant = of_tenant and day = on_day and resource = of_resource)
         end as amount) s
  on conflict on constraint usage_days_pkey do update
     set amount = case of_kind when 'count' then greatest(usage_days.amount, excluded.amount) else excluded.amount end,
         at_end = excluded.at_end;
  insert into usage_months (tenant, month, resource, total, peak)
  select of_tenant, date_trunc('month', on_day)::date, of_resource, case when of_kind in ('month', 'day') then sum(amount) end, max(amount)
    from usage_days
   where tenant = of_tenant and resource = of_resource
     and day >= date_trunc('month', on_day)::date and day < (date_trunc('month', on_day) + interval '1 month')::date
  on conflict on constraint usage_months_pkey do update set total = excluded.total, peak = excluded.peak;
end
$$;

-- Every override that was ever in force, also where it was ended or replaced: limit_overrides has only those of now.
create table limit_agreements (
  id       bigint generated always as identity,
  tenant   uuid not null,
  resource text not null,
  amount   bigint,                                -- empty: unlimited
  begins   timestamptz not null,
  ends     timestamptz,                           -- empty: in force, or for good
  constraint limit_agreements_pkey primary key (id),
  constraint limit_agreements_tenant_fkey foreign key (tenant) references tenants (id) on delete cascade
);

create index limit_agreements_tenant_idx on limit_agreements (tenant);

create function keep_limit_agreement() returns trigger
language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    update limit_agreements set ends = clock_timestamp()
     where tenant = old.tenant and resource = old.resource and (ends is null or ends > clock_timestamp());
  end if;
  if tg_op <> 'DELETE' then
    insert into limit_agreements (tenant, resource, amount, begins, ends) values (new.tenant, new.resource, new.amount, clock_timestamp(), new.until);
  end if;
  return null;
end
$$;

create trigger limit_overrides_kept after insert or update or delete on limit_overrides
  for each row execute function keep_limit_agreement();

insert into limit_agreements (tenant, resource, amount, begins, ends)
select tenant, resource, amount, made_at, until from limit_overrides order by made_at;

-- Invoices and credit notes. Whom they are for is copied: they say the same for ever, whatever becomes of the tenant.
create table invoices (
  number      bigint,
  label       text not null,                      -- as it is printed
  kind        text not null,
  tenant      uuid not null,
  slug        text not null,
  company     text not null,
  email       text not null,
  issuer      text not null,
  month       date not null,                      -- its first day
  currency    text not null,
  lines       jsonb not null,
  total_cents bigint not null,                    -- hundredths, also of a currency that has no such coins
  issued_at   timestamptz not null default clock_timestamp(),
  actor       text not null,
  round       integer not null default 0,         -- how often the month was billed before, and taken back
  credits     bigint,                             -- of a credit note: the invoice that it takes back, or a part of it
  bills_again boolean not null default false,     -- of a credit note: the month is to be billed anew
  reason      text not null default '',
  written_by  uuid not null,                      -- the write that made it, so that it is found where the answer was lost
  constraint invoices_pkey primary key (number),
  constraint invoices_label_key unique (label),
  constraint invoices_kind_check check (kind in ('invoice', 'credit_note')),
  constraint invoices_credits_check check ((kind = 'credit_note') = (credits is not null)),
  constraint invoices_credits_fkey foreign key (credits) references invoices (number),
  constraint invoices_lines_check check (jsonb_typeof(lines) = 'array'),
  constraint invoices_month_check check (extract(day from month) = 1)
);

create unique index invoices_once_idx on invoices (tenant, month, currency, round) where kind = 'invoice';
create index invoices_month_idx on invoices (month, number);
create index invoices_credits_idx on invoices (credits) where credits is not null;
create index invoices_again_idx on invoices (credits) where bills_again;
create index invoices_written_idx on invoices (written_by);

create function refuse_change_of_invoice() returns trigger
language plpgsql as $$
begin
  raise exception 'an invoice is never changed: a credit note takes it back';
end
$$;

create trigger invoices_kept before update or delete or truncate on invoices for each statement execute function refuse_change_of_invoice();

-- The next number. Whoever issues holds this row until the invoice is there: no number is lost, and none is given twice.
create table invoice_numbers (
  next bigint not null default 1,
  one  boolean not null default true,
  constraint invoice_numbers_pkey primary key (one),
  constraint invoice_numbers_one_check check (one)
);

insert into invoice_numbers default values;

-- As it is printed.
create function invoice_label(with_prefix text, of_number bigint) returns text
language sql immutable as $$
  select with_prefix || lpad(of_number::text, greatest(6, length(of_number::text)), '0')
$$;

-- What was billed of a month. It stands unless it is to be billed again. Asked for the whole month at once: one by one, and without statistics
-- of a table that has just been written, each look read the month.
create function billed_in(of_month date) returns table (tenant uuid, currency text, rounds bigint, stands boolean)
language sql stable as $$
  select i.tenant, i.currency, count(*), bool_or(i.number not in (select c.credits from invoices c where c.bills_again))
    from invoices i where i.month = of_month and i.kind = 'invoice' group by i.tenant, i.currency
$$;

-- Those of the drafts that are not there yet, in their order. A draft is a row of invoices but for number, label and round.
create function issue_invoices(drafts jsonb, of_month date, with_prefix text, by_actor text, by_write uuid) returns setof invoices
language plpgsql as $$
declare
  number_now bigint;
  made bigint;
  tenants uuid[] := array(select (d ->> 'tenant')::uuid from jsonb_array_elements(drafts) d);
begin
  if (of_month + interval '1 month') at time zone 'UTC' > clock_timestamp() then
    raise exception 'the month is not over by the clock of the control database';
  end if;
  if exists (select from jsonb_array_elements(drafts) d
              where (d ->> 'total_cents')::bigint is distinct from
                    (select sum((l ->> 'amount_cents')::bigint) from jsonb_array_elements(d -> 'lines') l)) then
    raise exception 'the lines of an invoice do not add up to its total';
  end if;
  select next into number_now from invoice_numbers for update;
  -- One statement for all: it sees what others have issued until now.
  return query
    with draft as (
      select (d ->> 'tenant')::uuid as tenant, d ->> 'currency' as currency, d, n from jsonb_array_elements(drafts) with ordinality as x (d, n)),
    before as materialized (select b.* from billed_in(of_month) b where b.tenant = any (tenants)),
    wanted as (
      select draft.d, coalesce(before.rounds, 0)::integer as round, number_now - 1 + row_number() over (order by draft.n) as number
        from draft left join before on before.tenant = draft.tenant and before.currency = draft.currency
       where not coalesce(before.stands, false))
    insert into invoices (number, label, kind, tenant, slug, company, email, issuer, month, currency, lines, total_cents, actor, round,
                          written_by)
    select w.number, invoice_label(with_prefix, w.number), 'invoice', (w.d ->> 'tenant')::uuid, w.d ->> 'slug', w.d ->> 'company',
           w.d ->> 'email', w.d ->> 'issuer', of_month, w.d ->> 'currency', w.d -> 'lines', (w.d ->> 'total_cents')::bigint, by_actor,
           w.round, by_write
      from wanted w order by w.number
    returning *;
  get diagnostics made = row_count;
  update invoice_numbers set next = number_now + made where made > 0;
end
$$;

-- Takes back `cents` of an invoice, or, where that is empty, all that is left of it; nothing where there is less, or where this write was
-- here before. That a month is to be billed again may be said once, also where nothing is left.
create function credit_invoice(of_number bigint, cents bigint, for_reason text, again boolean, with_prefix text, by_actor text, by_write uuid)
returns setof invoices language plpgsql as $$
declare
  number_now bigint;
  credited invoices;
  left_cents bigint;
  made invoices;
begin
  select next into number_now from invoice_numbers for update;
  select * into credited from invoices where number = of_number and kind = 'invoice';
  if not found or exists (select from invoices where written_by = by_write) then
    return;
  end if;
  left_cents := credited.total_cents + coalesce((select sum(total_cents) from invoices where credits = of_number), 0);
  if (left_cents = 0 and not again) or (cents is not null and (cents <= 0 or cents > left_cents))
     or (again and exists (select from invoices where credits = of_number and bills_again)) then
    return;
  end if;
  insert into invoices (number, label, kind, tenant, slug, company, email, issuer, month, currency, lines, total_cents, actor, round, credits,
                        bills_again, reason, written_by)
  values (number_now, invoice_label(with_prefix, number_now), 'credit_note', credited.tenant,
          credited.slug, credited.company, credited.email, credited.issuer, credited.month, credited.currency,
          jsonb_build_array(jsonb_build_object('kind', 'credit', 'resource', credited.label, 'amount_cents', -coalesce(cents, left_cents))),
          -coalesce(cents, left_cents), by_actor, credited.round, of_number, again, for_reason, by_write)
  returning * into made;
  update invoice_numbers set next = number_now + 1;
  return next made;
end
$$;
