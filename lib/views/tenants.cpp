#include "views/tenants.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/instants.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_no_migrations = "0000";  // of a stack that has none: nothing worth a line

std::string server_text(const Tenant& tenant) {
  return tenant.moving_to.empty() ? tenant.server : fmt::format("{}, on its way to {}", tenant.server, tenant.moving_to);
}

}  // namespace

std::string database_text(const Tenant& tenant) {
  return tenant.schema.empty() ? tenant.database : fmt::format("{}, schema {}", tenant.database, tenant.schema);
}

nlohmann::json tenant_document(const Tenant& tenant) {
  return {{"id", tenant.id.str()},
          {"code", tenant.code.str()},
          {"slug", tenant.slug.str()},
          {"company_name", tenant.company_name},
          {"admin_email", tenant.admin_email},
          {"owner", tenant.owner},
          {"stack", tenant.stack},
          {"plan", tenant.plan},
          {"server", tenant.server},
          {"moving_to", tenant.moving_to.empty() ? nlohmann::json(nullptr) : nlohmann::json(tenant.moving_to)},
          {"database", tenant.database},
          {"schema", tenant.schema},
          {"schema_version", tenant.schema_version.empty() ? nlohmann::json(nullptr) : nlohmann::json(tenant.schema_version)},
          {"domain", tenant.domain},
          {"status", to_string(tenant.status)},
          {"created_at", to_rfc3339(tenant.created_at)},
          {"activated_at", instant_or_null(tenant.activated_at)},
          {"trial_ends_at", instant_or_null(tenant.trial_ends_at)},
          {"status_reason", tenant.status_reason},
          {"suspended_at", instant_or_null(tenant.suspended_at)},
          {"cancelled_at", instant_or_null(tenant.cancelled_at)},
          {"deleted_at", instant_or_null(tenant.deleted_at)},
          {"quarantined_until", instant_or_null(tenant.quarantined_until)}};
}

Report tenant_report(const TenantDetails& details) {
  const auto& tenant = details.tenant;
  auto document = tenant_document(tenant);
  document["domains"] = details.domains;
  document["configuration"] = details.configuration;
  auto& copies = document["old_copies"] = nlohmann::json::array();
  for (const auto& copy : details.old_copies)
    copies.push_back({{"server", copy.server}, {"database", copy.database}, {"since", to_rfc3339(copy.since)}});
  std::vector<std::pair<std::string, std::string>> fields{{"slug", tenant.slug.str()},
                                                          {"code", tenant.code.str()},
                                                          {"id", tenant.id.str()},
                                                          {"company", tenant.company_name},
                                                          {"admin", tenant.admin_email},
                                                          {"owner", tenant.owner},
                                                          {"status", std::string(to_string(tenant.status))},
                                                          {"plan", tenant.plan},
                                                          {"trial ends", instant_or_empty(tenant.trial_ends_at)},
                                                          {"stack", tenant.stack},
                                                          {"server", server_text(tenant)},
                                                          {"database", database_text(tenant)},
                                                          {"domains", fmt::format("{}", fmt::join(details.domains, " "))},
                                                          {"created", to_rfc3339(tenant.created_at)},
                                                          {"activated", instant_or_empty(tenant.activated_at)}};
  if (!tenant.schema_version.empty() && tenant.schema_version != k_no_migrations)
    fields.emplace_back("schema version", tenant.schema_version);
  // Of those that were ever suspended only: the others' lines stay few.
  if (tenant.suspended_at) fields.emplace_back("suspended", to_rfc3339(*tenant.suspended_at));
  if (tenant.cancelled_at) fields.emplace_back("cancelled", to_rfc3339(*tenant.cancelled_at));
  if (tenant.deleted_at) fields.emplace_back("deleted", to_rfc3339(*tenant.deleted_at));
  if (tenant.quarantined_until) fields.emplace_back("name kept until", to_rfc3339(*tenant.quarantined_until));
  if (!tenant.status_reason.empty()) fields.emplace_back("reason", tenant.status_reason);
  for (const auto& copy : details.old_copies)
    fields.emplace_back("old copy", fmt::format("{} on {}, since {}", copy.database, copy.server, to_rfc3339(copy.since)));
  auto text = text_fields(fields);
  if (!details.configuration.empty()) {
    std::vector<std::pair<std::string, std::string>> values;
    for (const auto& [key, value] : details.configuration) values.emplace_back("  " + key, value);
    text += "configuration\n" + text_fields(values);
  }
  return {.text = text, .document = {{"tenant", document}}};
}

Report tenant_list_report(const TenantListing& listing) {
  TextTable table({"SLUG", "CODE", "STATUS", "PLAN", "STACK", "SERVER", "CREATED", "COMPANY"});
  auto tenants = nlohmann::json::array();
  for (const auto& tenant : listing.tenants) {
    table.add({tenant.slug.str(), tenant.code.str(), std::string(to_string(tenant.status)), tenant.plan, tenant.stack, tenant.server,
               to_rfc3339(tenant.created_at), tenant.company_name});
    tenants.push_back(tenant_document(tenant));
  }
  auto text = listing.tenants.empty() ? std::string("no tenants\n") : table.str();
  const auto last = listing.offset + listing.tenants.size();
  if (last < listing.total) {
    text += fmt::format("{} to {} of {}; for more: --offset {}\n", listing.offset + 1, last, listing.total, last);
  }
  return {.text = text, .document = {{"tenants", std::move(tenants)}, {"total", listing.total}, {"offset", listing.offset}}};
}

}  // namespace tenantctl
