-- What one tenant of the demo application has. It goes into the template database that tenants are cloned from.
create table couriers (
    code          text primary key check (code ~ '^[A-Z0-9]{3,8}$'),
    name          text not null,
    country_code  text not null check (country_code ~ '^[A-Z]{2}$'),
    phone         text not null,
    website       text not null,
    service_level text not null check (service_level in ('same_day', 'express', 'standard', 'economy', 'freight')),
    tracking_url  text not null
);
create index couriers_country on couriers (country_code, service_level);

create table companies (
    id         bigint generated always as identity primary key,
    name       text not null,
    currency   text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz not null default now()
);

create table users (
    id         bigint generated always as identity primary key,
    company_id bigint not null references companies on delete cascade,
    email      text not null unique,
    full_name  text not null,
    created_at timestamptz not null default now()
);
create index users_company on users (company_id);

create table orders (
    id         bigint generated always as identity primary key,
    company_id bigint not null references companies on delete cascade,
    reference  text not null,
    placed_at  timestamptz not null default now(),
    unique (company_id, reference)
);

create table shipments (
    id           bigint generated always as identity primary key,
    order_id     bigint not null references orders on delete cascade,
    courier_code text not null references couriers,
    tracking     text not null,
    status       text not null default 'booked' check (status in ('booked', 'collected', 'in_transit', 'delivered', 'returned')),
    updated_at   timestamptz not null default now(),
    unique (courier_code, tracking)
);
create index shipments_order on shipments (order_id);
