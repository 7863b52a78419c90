-- What "usage collect" measures and counts by itself.

-- How far requests in an nginx's log have been counted. A step forward and what it adds to usage_days are one transaction, so that every
-- line counts once.
create table request_logs (
  host       text not null,                       -- that nginx runs on; empty: tenantctl's own
  file       text not null,
  inode      text not null,                       -- of the file that is being read; empty: none yet
  read_to    bigint not null,                     -- bytes of it
  counted_at timestamptz not null default clock_timestamp(),
  constraint request_logs_pkey primary key (host, file),
  constraint request_logs_read_to_check check (read_to >= 0)
);

-- Counts what stands between two places in a log, where that has not been counted yet: empty where somebody else was faster. `counts` are
-- objects with host, day and requests; those of hosts that are nobody's count for nobody.
create function count_requests(of_host text, of_file text, from_inode text, from_byte bigint, to_inode text, to_byte bigint, counts jsonb)
returns bigint language plpgsql as $$
declare
  counted bigint;
begin
  insert into request_logs (host, file, inode, read_to) values (of_host, of_file, from_inode, from_byte)
  on conflict on constraint request_logs_pkey do nothing;
  update request_logs set inode = to_inode, read_to = to_byte, counted_at = clock_timestamp()
   where host = of_host and file = of_file and inode = from_inode and read_to = from_byte;
  if not found then
    return null;
  end if;
  with told as (
    select d.tenant, c.day, sum(c.requests)::bigint as requests
      from jsonb_to_recordset(counts) as c (host text, day date, requests bigint)
      join tenant_domains d on d.host = c.host and (d.kind = 'own' or d.routed_at is not null)
     group by d.tenant, c.day
     order by d.tenant, c.day),
  days as (
    insert into usage_days (tenant, day, resource, amount) select tenant, day, 'requests', requests from told
    on conflict on constraint usage_days_pkey do update set amount = usage_days.amount + excluded.amount
    returning tenant, day, amount),
  months as (
    insert into usage_months (tenant, month, resource, total, peak)
    select tenant, date_trunc('month', day)::date, 'requests', sum(requests), max(amount) from told join days using (tenant, day)
     group by 1, 2 order by 1, 2
    on conflict on constraint usage_months_pkey do update
       set total = usage_months.total + excluded.total, peak = greatest(usage_months.peak, excluded.peak))
  select coalesce(sum(requests), 0)::bigint into counted from told;
  return counted;
end
$$;

-- All that a run has measured of one tenant, said by the source "collect". `used` are objects with resource, kind, company, day and amount;
-- of the resources in `whole` all companies are among them, and others are no more.
create function collect_usage(of_tenant uuid, used jsonb, whole jsonb) returns void
language plpgsql as $$
begin
  -- What a crash takes away is measured again an hour later, and ten thousand tenants need not wait for the disk.
  perform set_config('synchronous_commit', 'off', true);
  perform 1 from tenants where id = of_tenant for no key update;
  delete from tenant_counts where tenant = of_tenant and whole ? resource;
  insert into tenant_counts (tenant, resource, scope, amount)
  select of_tenant, resource, company, amount
    from jsonb_to_recordset(used) as u (resource text, kind text, company text, amount bigint) where kind = 'count'
  on conflict on constraint tenant_counts_pkey do update set amount = excluded.amount, counted_at = excluded.counted_at;
  insert into usage_reports (tenant, day, resource, source, amount)
  select of_tenant, day, resource, 'collect', amount
    from jsonb_to_recordset(used) as u (resource text, kind text, day date, amount bigint) where kind <> 'count'
  on conflict on constraint usage_reports_pkey do update set amount = excluded.amount, reported_at = excluded.reported_at;
  perform sum_up_usage(of_tenant, resource, kind, day)
     from (select resource, kind, day from jsonb_to_recordset(used) as u (resource text, kind text, day date)
            union
           select w, 'count', (select max(day) from jsonb_to_recordset(used) as u (day date)) from jsonb_array_elements_text(whole) w
            where used <> '[]') told;
end
$$;
