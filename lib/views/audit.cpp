#include "views/audit.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"

namespace tenantctl {
namespace {

/// "cause=sql_failed version=3": strings as they are, everything else as JSON.
std::string details_text(const nlohmann::json& details) {
  std::string text;
  for (const auto& [key, value] : details.items()) {
    const auto shown = value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", key, shown);
  }
  return text;
}

nlohmann::json entry_document(const AuditEntry& entry) {
  const auto dot = entry.action.find('.');
  return {{"id", entry.id},
          {"at", to_rfc3339(entry.at)},
          {"actor", entry.actor},
          {"host", entry.host},
          {"action", entry.action},
          {"outcome", dot == std::string::npos ? "" : entry.action.substr(dot + 1)},
          {"tenant", entry.tenant ? nlohmann::json(entry.tenant->str()) : nlohmann::json()},
          {"slug", entry.slug.empty() ? nlohmann::json() : nlohmann::json(entry.slug)},
          {"operation", entry.operation.empty() ? nlohmann::json() : nlohmann::json(entry.operation)},
          {"details", entry.details}};
}

}  // namespace

Report audit_report(const AuditListing& listing) {
  TextTable table({"TIME", "BY", "ACTION", "TENANT", "DETAILS"});
  auto entries = nlohmann::json::array();
  for (const auto& entry : listing.entries) {
    table.add({to_rfc3339(entry.at), entry.actor + "@" + entry.host, entry.action, entry.slug, details_text(entry.details)});
    entries.push_back(entry_document(entry));
  }
  auto text = listing.entries.empty() ? std::string("no entries\n") : table.str();
  nlohmann::json next;
  if (listing.more && !listing.entries.empty()) {
    next = listing.entries.back().id;
    text += fmt::format("for older ones: --before {}\n", listing.entries.back().id);
  }
  return {.text = text, .document = {{"entries", entries}, {"next_before", next}}};
}

}  // namespace tenantctl
