-- What tenants have agreed to, what was agreed besides, and how much of it they use.

-- Every plan that a tenant took, with its terms of that moment. Bills are made of these rows, so none of them is ever changed.
create table plan_changes (
  id        bigint generated always as identity,
  tenant    uuid not null,
  at        timestamptz not null default clock_timestamp(),
  plan      text not null,
  terms     jsonb not null,
  operation uuid,                                 -- that made the change; empty: of tenants older than this table
  constraint plan_changes_pkey primary key (id),
  constraint plan_changes_tenant_fkey foreign key (tenant) references tenants (id) on delete cascade,
  constraint plan_changes_operation_key unique (operation),
  constraint plan_changes_terms_check check (jsonb_typeof(terms) = 'object')
);

create index plan_changes_tenant_idx on plan_changes (tenant, at);

insert into plan_changes (tenant, at, plan, terms)
select id, activated_at, plan, plan_terms from tenants where activated_at is not null order by activated_at;

-- A limit of one tenant that is another than its plan's.
create table limit_overrides (
  tenant   uuid not null,
  resource text not null,
  amount   bigint,                                -- empty: unlimited
  until    timestamptz,                           -- empty: for good
  reason   text not null default '',
  actor    text not null,
  made_at  timestamptz not null default clock_timestamp(),
  constraint limit_overrides_pkey primary key (tenant, resource),
  constraint limit_overrides_tenant_fkey foreign key (tenant) references tenants (id) on delete cascade,
  constraint limit_overrides_amount_check check (amount >= 0),
  constraint limit_overrides_reason_check check (octet_length(reason) <= 1000)
);

-- What there is now of what tenants make themselves.
create table tenant_counts (
  tenant     uuid not null,
  resource   text not null,
  scope      text not null default '',            -- a company's name, of what is counted for each
  amount     bigint not null,
  counted_at timestamptz not null default clock_timestamp(),
  constraint tenant_counts_pkey primary key (tenant, resource, scope),
  constraint tenant_counts_tenant_fkey foreign key (tenant) references tenants (id) on delete cascade,
  constraint tenant_counts_amount_check check (amount >= 0),
  constraint tenant_counts_scope_check check (octet_length(scope) <= 200)
);

-- The table that was there for this has never been written.
drop table tenant_usage;

-- What one source has said of one day: said again, it takes the place of what was said before.
create table usage_reports (
  tenant      uuid not null,
  day         date not null,                      -- in UTC
  resource    text not null,
  source      text not null,
  amount      bigint not null,
  reported_at timestamptz not null default clock_timestamp(),
  constraint usage_reports_pkey primary key (tenant, day, resource, source),
  constraint usage_reports_tenant_fkey foreign key (tenant) references tenants (id) on delete cascade,
  constraint usage_reports_amount_check check (amount >= 0),
  constraint usage_reports_source_check check (octet_length(source) between 1 and 200)
);

create index usage_reports_day_idx on usage_reports (day);

-- What all of them come to, by day and by month: a limit is looked up in one row, a month of all tenants in one row for each.
create table usage_days (
  tenant   uuid not null,
  day      date not null,
  resource text not null,
  amount   bigint not null,
  constraint usage_days_pkey primary key (tenant, resource, day),
  constraint usage_days_tenant_fkey foreign key (tenant) references tenants (id) on delete cascade
);

create index usage_days_day_idx on usage_days (day);

create table usage_months (
  tenant   uuid not null,
  month    date not null,                         -- its first day
  resource text not null,
  total    numeric,                               -- of the days; empty of what is there, and does not happen
  peak     bigint not null,                       -- the highest of them
  constraint usage_months_pkey primary key (month, resource, tenant),
  constraint usage_months_tenant_fkey foreign key (tenant) references tenants (id) on delete cascade
);

create index usage_months_tenant_idx on usage_months (tenant);

-- Kinds of resources: "count", how many there are; "month" and "day", how many there were within one; "measured", how much there is.

-- Empty: unlimited.
create function tenant_limit(of_tenant uuid, of_resource text) returns bigint
language sql stable as $$
  select case when o.tenant is not null then o.amount
              when t.plan_terms -> 'limits' ->> of_resource ~ '^[0-9]{1,18}$' then (t.plan_terms -> 'limits' ->> of_resource)::bigint end
    from tenants t
    left join limit_overrides o on o.tenant = t.id and o.resource = of_resource and (o.until is null or o.until > clock_timestamp())
   where t.id = of_tenant
$$;

-- Without a scope, of the one that has most.
create function usage_now(of_tenant uuid, of_resource text, of_kind text, of_scope text, on_day date) returns bigint
language sql stable as $$
  select coalesce(case of_kind
    when 'count' then (select max(amount) from tenant_counts
                        where tenant = of_tenant and resource = of_resource and (of_scope is null or scope = of_scope))
    when 'month' then (select total::bigint from usage_months
                        where tenant = of_tenant and resource = of_resource and month = date_trunc('month', on_day)::date)
    when 'day' then (select amount from usage_days where tenant = of_tenant and resource = of_resource and day = on_day)
    when 'measured' then (select amount from usage_days where tenant = of_tenant and resource = of_resource and day <= on_day
                           order by day desc limit 1) end, 0)
$$;

-- Brings a day and its month up to what has been said of it. The tenant's row is locked by whoever calls this.
create function sum_up_usage(of_tenant uuid, of_resource text, of_kind text, on_day date) returns void
language plpgsql as $$
begin
  insert into usage_days (tenant, day, resource, amount)
  select of_tenant, on_day, of_resource,
         case of_kind
           when 'count' then (select max(amount) from tenant_counts where tenant = of_tenant and resource = of_resource)
           when 'measured' then (select amount from usage_reports where tenant = of_tenant and day = on_day and resource = of_resource
                                  order by reported_at desc limit 1)
           else (select sum(amount)::bigint from usage_reports where tenant = of_tenant and day = on_day and resource = of_resource) end
  on conflict on constraint usage_days_pkey do update
     set amount = case of_kind when 'count' then greatest(usage_days.amount, excluded.amount) else excluded.amount end;
  insert into usage_months (tenant, month, resource, total, peak)
  select of_tenant, date_trunc('month', on_day)::date, of_resource, case when of_kind in ('month', 'day') then sum(amount) end, max(amount)
    from usage_days
   where tenant = of_tenant and resource = of_resource
     and day >= date_trunc('month', on_day)::date and day < (date_trunc('month', on_day) + interval '1 month')::date
  on conflict on constraint usage_months_pkey do update set total = excluded.total, peak = excluded.peak;
end
$$;

-- One for each tenant at a time: the others wait for its row, and see what it has written.
create function record_usage(of_tenant uuid, of_resource text, of_kind text, of_scope text, on_day date, from_source text, new_amount bigint)
returns void language plpgsql as $$
begin
  perform 1 from tenants where id = of_tenant for no key update;
  if of_kind = 'count' then
    insert into tenant_counts (tenant, resource, scope, amount) values (of_tenant, of_resource, coalesce(of_scope, ''), new_amount)
    on conflict on constraint tenant_counts_pkey do update set amount = excluded.amount, counted_at = excluded.counted_at;
  else
    insert into usage_reports (tenant, day, resource, source, amount) values (of_tenant, on_day, of_resource, from_source, new_amount)
    on conflict on constraint usage_reports_pkey do update set amount = excluded.amount, reported_at = excluded.reported_at;
  end if;
  perform sum_up_usage(of_tenant, of_resource, of_kind, on_day);
end
$$;

-- Takes what the limit allows, or nothing; what is above a limit that has a price is not refused. `from_source` is the take's own id, by
-- which a repeat is told from another one. A negative `wanted` gives back, at most what there is.
create function take_of_limit(of_tenant uuid, of_resource text, of_kind text, of_scope text, on_day date, from_source text, wanted bigint,
                              out granted boolean, out used bigint, out most bigint)
language plpgsql as $$
declare
  priced boolean;
  of_day bigint;
begin
  select plan_terms -> 'overage' ? of_resource into priced from tenants where id = of_tenant for no key update;
  used := usage_now(of_tenant, of_resource, of_kind, coalesce(of_scope, ''), on_day);
  most := tenant_limit(of_tenant, of_resource);
  granted := exists (select from usage_reports where tenant = of_tenant and day = on_day and resource = of_resource and source = from_source);
  if granted then
    return;
  end if;
  granted := wanted <= 0 or most is null or coalesce(priced, false) or used + wanted <= most;
  if not granted then
    return;
  end if;
  insert into usage_reports (tenant, day, resource, source, amount)
  values (of_tenant, on_day, of_resource, from_source, greatest(wanted, 0));
  if of_kind = 'count' then
    insert into tenant_counts (tenant, resource, scope, amount)
    values (of_tenant, of_resource, coalesce(of_scope, ''), greatest(used + wanted, 0))
    on conflict on constraint tenant_counts_pkey do update set amount = excluded.amount, counted_at = excluded.counted_at;
  end if;
  if of_kind = 'count' then
    perform sum_up_usage(of_tenant, of_resource, of_kind, on_day);
  else
    -- Added and not summed up anew: an application may take a hundred thousand times a day.
    insert into usage_days (tenant, day, resource, amount) values (of_tenant, on_day, of_resource, greatest(wanted, 0))
    on conflict on constraint usage_days_pkey do update set amount = usage_days.amount + excluded.amount
    returning usage_days.amount into of_day;
    insert into usage_months (tenant, month, resource, total, peak)
    values (of_tenant, date_trunc('month', on_day)::date, of_resource, greatest(wanted, 0), of_day)
    on conflict on constraint usage_months_pkey do update
       set total = usage_months.total + excluded.total, peak = greatest(usage_months.peak, excluded.peak);
  end if;
  used := usage_now(of_tenant, of_resource, of_kind, coalesce(of_scope, ''), on_day);
end
$$;
