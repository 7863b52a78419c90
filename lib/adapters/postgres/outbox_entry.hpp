// SQL that writes an event into the outbox as a part of the statement that makes it happen: a row for each who is told of it.
#pragma once
#include <string>
#include <string_view>

namespace tenantctl::postgres {

/// What is told of an operation's tenant. All but the type are SQL expressions over "op" of operations and "t" of tenants, as they were
/// before the statement.
struct TenantEvent {
  std::string_view type = {};
  std::string_view status = "t.status";
  std::string_view reason = "''";
  std::string_view trial_ends_at = "t.trial_ends_at";
  std::string_view plan = "t.plan";
  std::string_view more = "'{}'::jsonb";  // an object, that is added to what is told
  std::string_view only_if = "true";
};

/// What is told of a tenant "t", as an expression.
std::string told_tenant(const TenantEvent& event);

/// A common table expression, with a comma after it, for a statement that has one "op". Its parameter `$targets` is an array of JSON. The
/// event's id comes from the operation, so that a repeated write adds nothing.
std::string told(const TenantEvent& event, std::size_t targets);

}  // namespace tenantctl::postgres
