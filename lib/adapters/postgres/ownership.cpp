#include "adapters/postgres/ownership.hpp"

#include <fmt/format.h>

#include "adapters/postgres/lock_keys.hpp"

namespace tenantctl::postgres {
namespace {

constexpr std::string_view k_marker_prefix = "tenantctl tenant=";

}  // namespace

std::string marker_of(const TenantId& tenant) { return std::string(k_marker_prefix) + tenant.str(); }

std::optional<TenantId> tenant_in_marker(std::string_view marker) {
  if (!marker.starts_with(k_marker_prefix)) return std::nullopt;
  auto id = TenantId::parse(marker.substr(k_marker_prefix.size()));
  if (!id) return std::nullopt;
  return std::move(*id);
}

std::string describe_marker(const std::string& marker) {
  if (marker.starts_with(k_marker_prefix)) return fmt::format("belongs to tenant \"{}\"", marker.substr(k_marker_prefix.size()));
  return "was not made by tenantctl";
}

std::string rights_lock() { return fmt::format("select pg_advisory_xact_lock({});", lock_key("tenantctl rights on databases")); }

std::string membership(Connection& connection, const std::vector<std::string>& roles) {
  if (connection.is_superuser() || roles.empty()) return {};
  std::vector<std::string> quoted;
  for (const auto& role : roles) quoted.push_back(connection.identifier(role));
  return fmt::format("grant {} to current_user;", fmt::join(quoted, ", "));
}

}  // namespace tenantctl::postgres
