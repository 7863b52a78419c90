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

std::string isolation_text(const IsolationRecord& record) {
  const auto when = to_rfc3339(record.at);
  if (record.breaches > 0) return fmt::format("BREACHED, {} finding{}, {}", record.breaches, record.breaches == 1 ? "" : "s", when);
  if (record.inconclusive > 0) return fmt::format("unclear, {} inconclusive, {}", record.inconclusive, when);
  return fmt::format("ok, {} tries{}, {}", record.tries, record.accepted > 0 ? fmt::format(", {} accepted", record.accepted) : "", when);
}

nlohmann::json isolation_document(const IsolationRecord& record) {
  return {{"checked_at", to_rfc3339(record.at)},
          {"tries", record.tries},
          {"breaches", record.breaches},
          {"inconclusive", record.inconclusive},
          {"accepted", record.accepted}};
}

}  // namespace

std::string database_text(const Tenant& tenant) {
  return tenant.schema.empty() ? tenant.database : fmt::format("{}, schema {}", tenant.database, tenant.schema);
}

nlohmann::json tenant_document(const Tenant& tenant) {
  // Not by an initializer list, which makes each value twice: there are lists of ten thousand.
  nlohmann::json::object_t fields;
  fields.emplace("id", tenant.id.str());
  fields.emplace("code", tenant.code.str());
  fields.emplace("slug", tenant.slug.str());
  fields.emplace("company_name", tenant.company_name);
  fields.emplace("admin_email", tenant.admin_email);
  fields.emplace("owner", tenant.owner);
  fields.emplace("stack", tenant.stack);
  fields.emplace("plan", tenant.plan);
  fields.emplace("server", tenant.server);
  fields.emplace("moving_to", tenant.moving_to.empty() ? nlohmann::json(nullptr) : nlohmann::json(tenant.moving_to));
  fields.emplace("database", tenant.database);
  fields.emplace("schema", tenant.schema);
  fields.emplace("schema_version", tenant.schema_version.empty() ? nlohmann::json(nullptr) : nlohmann::json(tenant.schema_version));
  fields.emplace("domain", tenant.domain);
  fields.emplace("status", to_string(tenant.status));
  fields.emplace("created_at", to_rfc3339(tenant.created_at));
  fields.emplace("activated_at", instant_or_null(tenant.activated_at));
  fields.emplace("trial_ends_at", instant_or_null(tenant.trial_ends_at));
  fields.emplace("grace_ends_at", instant_or_null(tenant.grace_ends_at));
  fields.emplace("has_payment_method", !tenant.payment_reference.empty());
  fields.emplace("status_reason", tenant.status_reason);
  fields.emplace("suspended_at", instant_or_null(tenant.suspended_at));
  fields.emplace("cancelled_at", instant_or_null(tenant.cancelled_at));
  fields.emplace("deleted_at", instant_or_null(tenant.deleted_at));
  fields.emplace("quarantined_until", instant_or_null(tenant.quarantined_until));
  fields.emplace("expires_at", instant_or_null(tenant.expires_at));
  return nlohmann::json(std::move(fields));
}

Report tenant_report(const TenantDetails& details) {
  const auto& tenant = details.tenant;
  auto document = tenant_document(tenant);
  document["domains"] = details.domains;
  document["configuration"] = details.configuration;
  auto& copies = document["old_copies"] = nlohmann::json::array();
  for (const auto& copy : details.old_copies)
    copies.push_back({{"server", copy.server}, {"database", copy.database}, {"since", to_rfc3339(copy.since)}});
  document["certificates"] = nlohmann::json::array();
  for (const auto& shown : details.certificates) document["certificates"].push_back(certificate_document(shown));
  document["mail_bounced"] = details.bounced.empty() ? nlohmann::json(nullptr) : nlohmann::json(details.bounced);
  document["isolation"] = details.isolation ? isolation_document(*details.isolation) : nlohmann::json(nullptr);
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
  if (tenant.expires_at) fields.emplace_back("expires", to_rfc3339(*tenant.expires_at));
  if (tenant.grace_ends_at) fields.emplace_back("grace ends", to_rfc3339(*tenant.grace_ends_at));
  if (!tenant.payment_reference.empty()) fields.emplace_back("payment method", tenant.payment_reference);
  // Of those that were ever suspended only: the others' lines stay few.
  if (tenant.suspended_at) fields.emplace_back("suspended", to_rfc3339(*tenant.suspended_at));
  if (tenant.cancelled_at) fields.emplace_back("cancelled", to_rfc3339(*tenant.cancelled_at));
  if (tenant.deleted_at) fields.emplace_back("deleted", to_rfc3339(*tenant.deleted_at));
  if (tenant.quarantined_until) fields.emplace_back("name kept until", to_rfc3339(*tenant.quarantined_until));
  if (!tenant.status_reason.empty()) fields.emplace_back("reason", tenant.status_reason);
  for (const auto& copy : details.old_copies)
    fields.emplace_back("old copy", fmt::format("{} on {}, since {}", copy.database, copy.server, to_rfc3339(copy.since)));
  for (const auto& shown : details.certificates) fields.emplace_back("certificate", certificate_text(shown));
  if (!details.bounced.empty()) fields.emplace_back("mail bounced", details.bounced);
  if (details.isolation) fields.emplace_back("isolation", isolation_text(*details.isolation));
  auto text = text_fields(fields);
  if (!details.configuration.empty()) {
    std::vector<std::pair<std::string, std::string>> values;
    for (const auto& [key, value] : details.configuration) values.emplace_back("  " + key, value);
    text += "configuration\n" + text_fields(values);
  }
  return {.text = text, .document = {{"tenant", document}}};
}

namespace {

std::string listing_text(const TenantListing& listing) {
  TextTable table({"SLUG", "CODE", "STATUS", "PLAN", "STACK", "SERVER", "CREATED", "COMPANY"});
  for (const auto& tenant : listing.tenants) {
    table.add({tenant.slug.str(), tenant.code.str(), std::string(to_string(tenant.status)), tenant.plan, tenant.stack, tenant.server,
               to_rfc3339(tenant.created_at), tenant.company_name});
  }
  auto text = listing.tenants.empty() ? std::string("no tenants\n") : table.str();
  const auto last = listing.offset + listing.tenants.size();
  if (last < listing.total) {
    text += fmt::format("{} to {} of {}; for more: --offset {}\n", listing.offset + 1, last, listing.total, last);
  }
  return text;
}

}  // namespace

Report tenant_list_report(TenantListing listing) {
  Report report{.text = {}, .document = {{"tenants", nlohmann::json::array()}, {"total", listing.total}, {"offset", listing.offset}}};
  const auto shared = std::make_shared<const TenantListing>(std::move(listing));
  report.list = LongList{.key = "tenants",
                         .size = shared->tenants.size(),
                         .at = [shared](std::size_t i) { return tenant_document(shared->tenants[i]); },
                         .text = [shared] { return listing_text(*shared); }};
  return report;
}

}  // namespace tenantctl
