-- Custom domains: hosts outside the operator's own domain, each proved by a token and then routed. A tenant's own hosts are
-- 'own' and have neither.
alter table tenant_domains add column kind text not null default 'own';
alter table tenant_domains add column token text not null default '';   -- what the owner publishes; no secret
alter table tenant_domains add column verified_at timestamptz;          -- null: nobody has proved it
alter table tenant_domains add column routed_at timestamptz;            -- null: it is only reserved
alter table tenant_domains add constraint tenant_domains_kind_check check (kind in ('own', 'custom'));
alter table tenant_domains add constraint tenant_domains_token_check check ((kind = 'custom') = (token <> ''));
alter table tenant_domains add constraint tenant_domains_own_check check (kind = 'custom' or (verified_at is null and routed_at is null));
