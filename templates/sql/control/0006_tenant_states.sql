-- Why a tenant is in its state, in the operator's words.
alter table tenants add column status_reason text not null default '';
alter table tenants add constraint tenants_status_reason_check check (octet_length(status_reason) <= 1000);
