#include "views/moves.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/tenants.hpp"

namespace tenantctl {

Report moved_report(const Moved& moved) {
  const bool changed = !moved.operation.empty();
  const auto& slug = moved.tenant.slug.str();
  nlohmann::json document{{"tenant", tenant_document(moved.tenant)},
                          {"changed", changed},
                          {"from", moved.from},
                          {"to", moved.tenant.server},
                          {"operation", moved.operation},
                          {"backup", moved.backup},
                          {"kept", moved.kept.empty() ? nlohmann::json(nullptr) : nlohmann::json(moved.kept)},
                          {"down_ms", moved.down ? nlohmann::json(moved.down->count()) : nlohmann::json(nullptr)}};
  add_steps(document, moved.steps);
  std::vector<std::pair<std::string, std::string>> fields{{"tenant", slug}};
  if (!changed) {
    fields.emplace_back("server", moved.tenant.server + " already, nothing was done");
    return {.text = text_fields(fields), .document = std::move(document)};
  }
  fields.emplace_back("server", fmt::format("{}, before that {}", moved.tenant.server, moved.from));
  if (moved.down) fields.emplace_back("down for", fmt::format("{:.2f} s", static_cast<double>(moved.down->count()) / 1000));
  fields.emplace_back("backup", moved.backup);
  if (!moved.kept.empty())
    fields.emplace_back("old database", fmt::format("{} on {}, until \"tenantctl move {} --drop-old\"", moved.kept, moved.from, slug));
  if (moved.password) {
    document["credentials"] = {{"database", moved.tenant.database}, {"user", moved.login}, {"password", *moved.password}};
    fields.emplace_back("user", moved.login);
    fields.emplace_back("password", *moved.password + "   (shown this once)");
  }
  fields.emplace_back("operation", moved.operation);
  return {.text = text_fields(fields), .document = std::move(document)};
}

}  // namespace tenantctl
