// One entry of the audit log: who did what to whom. Values only; `details` are parameters and never a secret.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "core/operation.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

struct AuditEntry {
  std::int64_t id = 0;  // rises with time
  Instant at{};
  std::string actor;
  std::string host;
  std::string action;  // COMMAND.OUTCOME, such as "create.succeeded"
  std::optional<TenantId> tenant = {};
  std::string slug = {};       // as the tenant was called then
  std::string operation = {};  // its id, where one was opened
  nlohmann::json details = nlohmann::json::object();
};

/// An entry about a tenant, without id and time.
inline AuditEntry audit_entry(const Actor& actor, std::string action, const Tenant& tenant, nlohmann::json details) {
  return {.actor = actor.name,
          .host = actor.host,
          .action = std::move(action),
          .tenant = tenant.id,
          .slug = tenant.slug.str(),
          .details = std::move(details)};
}

}  // namespace tenantctl
