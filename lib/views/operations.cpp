#include "views/operations.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/dns.hpp"
#include "views/tenants.hpp"

namespace tenantctl {
namespace {

nlohmann::json operation_document(const Operation& operation) {
  nlohmann::json document = {{"id", operation.id.str()},
                             {"kind", operation.kind},
                             {"tenant", operation.tenant.str()},
                             {"slug", operation.slug},
                             {"state", to_string(operation.state)},
                             {"actor", operation.actor.name},
                             {"host", operation.actor.host},
                             {"pid", operation.actor.pid},
                             {"started_at", to_rfc3339(operation.started_at)},
                             {"finished_at", nullptr}};
  if (operation.finished_at) document["finished_at"] = to_rfc3339(*operation.finished_at);
  if (!operation.error_code.empty()) document["error"] = {{"code", operation.error_code}, {"message", operation.error_message}};
  return document;
}

std::string ended(const Operation& operation) { return operation.finished_at ? to_rfc3339(*operation.finished_at) : ""; }

}  // namespace

void add_steps(nlohmann::json& document, const std::vector<StepLine>& lines) {
  auto& steps = document["steps"] = nlohmann::json::array();
  std::int64_t total = 0;
  for (const auto& line : lines) {
    steps.push_back({{"step", line.step}, {"duration_ms", line.duration_ms}});
    total += line.duration_ms;
  }
  document["duration_ms"] = total;
}

Report create_report(const CreateDetails& details) {
  const auto& tenant = details.tenant;
  nlohmann::json document = {{"tenant", tenant_document(tenant)}, {"operation", details.operation}, {"url", details.url}};
  add_steps(document, details.steps);
  std::vector<std::pair<std::string, std::string>> fields{{"tenant", tenant.slug.str()},
                                                          {"code", tenant.code.str()},
                                                          {"url", details.url},
                                                          {"plan", tenant.plan},
                                                          {"database", database_text(tenant)}};
  if (tenant.trial_ends_at) fields.emplace_back("trial ends", to_rfc3339(*tenant.trial_ends_at));
  if (tenant.expires_at) fields.emplace_back("expires", to_rfc3339(*tenant.expires_at));
  if (!details.credentials_file.empty()) {
    document["credentials"] = {{"file", details.credentials_file}};
    fields.emplace_back("credentials", details.credentials_file);
  }
  if (details.password) {
    document["credentials"] = {{"database", tenant.database}, {"user", details.login}, {"password", *details.password}};
    fields.emplace_back("user", details.login);
    fields.emplace_back("password", *details.password + "   (shown this once)");
  }
  fields.emplace_back("operation", details.operation);
  document["repeated"] = details.repeated;
  auto text = text_fields(fields);
  if (details.dns_records) {
    document["dns_records"] = records_document(*details.dns_records);
    text += "add to your zone:\n" + zone_snippet(*details.dns_records, details.dns_ttl);
  }
  return {.text = text, .document = document};
}

Report state_change_report(const StateChange& change) {
  const auto& tenant = change.tenant;
  const bool changed = !change.operation.empty();
  nlohmann::json document = {{"tenant", tenant_document(tenant)}, {"operation", change.operation}, {"changed", changed}};
  add_steps(document, change.steps);
  std::vector<std::pair<std::string, std::string>> fields{
      {"tenant", tenant.slug.str()},
      {"status", fmt::format("{}{}", to_string(tenant.status), changed ? "" : " already, nothing was done")}};
  if (!tenant.status_reason.empty()) fields.emplace_back("reason", tenant.status_reason);
  if (!change.backup.empty()) fields.emplace_back("backup", change.backup);
  if (change.receipt.is_object() && change.receipt.contains("file"))
    fields.emplace_back("receipt", change.receipt["file"].get<std::string>());
  if (tenant.quarantined_until) fields.emplace_back("name kept until", to_rfc3339(*tenant.quarantined_until));
  if (changed) fields.emplace_back("operation", change.operation);
  document["backup"] = change.backup.empty() ? nlohmann::json(nullptr) : nlohmann::json(change.backup);
  if (change.receipt.is_object()) document["receipt"] = change.receipt;
  return {.text = text_fields(fields), .document = document};
}

Report restored_report(const Restored& restored) {
  nlohmann::json document = {{"tenant", tenant_document(restored.tenant)},
                             {"operation", restored.operation},
                             {"backup", restored.backup},
                             {"kept", restored.kept.empty() ? nlohmann::json(nullptr) : nlohmann::json(restored.kept)}};
  add_steps(document, restored.steps);
  std::vector<std::pair<std::string, std::string>> fields{{"tenant", restored.tenant.slug.str()}, {"backup", restored.backup}};
  if (!restored.kept.empty())
    fields.emplace_back("old database",
                        fmt::format("{}, until \"tenantctl restore {} --drop-old\"", restored.kept, restored.tenant.slug.str()));
  fields.emplace_back("operation", restored.operation);
  return {.text = text_fields(fields), .document = document};
}

Report dropped_report(const std::string& slug, const std::vector<std::string>& dropped, const std::vector<std::string>& forgotten) {
  std::string text;
  if (!dropped.empty()) text += fmt::format("dropped: {}\n", fmt::join(dropped, ", "));
  if (!forgotten.empty()) text += fmt::format("forgotten: {}\n", fmt::join(forgotten, ", "));
  if (text.empty()) text = fmt::format("nothing old of \"{}\" is kept\n", slug);
  return {.text = std::move(text), .document = {{"slug", slug}, {"dropped", dropped}, {"forgotten", forgotten}}};
}

Report dropped_of_all_report(const std::vector<DroppedLine>& dropped) {
  TextTable table({"TENANT", "DROPPED", "PUT ASIDE"});
  auto list = nlohmann::json::array();
  for (const auto& line : dropped) {
    table.add({line.slug, line.database, to_rfc3339(line.put_aside_at)});
    list.push_back({{"slug", line.slug}, {"database", line.database}, {"put_aside_at", to_rfc3339(line.put_aside_at)}});
  }
  return {.text = dropped.empty() ? "nothing has been kept for so long\n" : table.str(), .document = {{"databases", list}}};
}

Report dry_run_report(const DryRun& plan) {
  TextTable table({"STEP", "NOW", "WOULD"});
  auto steps = nlohmann::json::array();
  for (const auto& step : plan.steps) {
    table.add({step.step, step.present, step.what});
    steps.push_back({{"step", step.step}, {"present", step.present}, {"would", step.what}});
  }
  return {.text = table.str() + "nothing was changed\n", .document = {{"dry_run", true}, {"slug", plan.slug}, {"steps", steps}}};
}

Report operation_end_report(const std::vector<OperationEnd>& ends) {
  TextTable table({"OPERATION", "TENANT", "KIND", "STATE", ""});
  std::string passwords;
  auto operations = nlohmann::json::array();
  for (const auto& end : ends) {
    table.add({end.operation.id.str(), end.operation.slug, end.operation.kind, std::string(to_string(end.operation.state)), end.says});
    auto document = operation_document(end.operation);
    document["says"] = end.says;
    if (end.password) {
      document["password"] = *end.password;
      passwords += fmt::format("database password of {}: {}   (shown this once)\n", end.operation.slug, *end.password);
    }
    operations.push_back(document);
  }
  return {.text = ends.empty() ? "nothing is unfinished\n" : table.str() + passwords, .document = {{"operations", operations}}};
}

Report operation_list_report(const std::vector<Operation>& operations) {
  TextTable table({"OPERATION", "KIND", "TENANT", "STATE", "STARTED", "FINISHED", "BY"});
  auto documents = nlohmann::json::array();
  for (const auto& operation : operations) {
    table.add({operation.id.str(), operation.kind, operation.slug, std::string(to_string(operation.state)),
               to_rfc3339(operation.started_at), ended(operation), operation.actor.name + "@" + operation.actor.host});
    documents.push_back(operation_document(operation));
  }
  return {.text = operations.empty() ? "no operations\n" : table.str(), .document = {{"operations", documents}}};
}

Report operation_report(const Operation& operation, const std::vector<StepEvent>& events) {
  auto text = text_fields({{"operation", operation.id.str()},
                           {"kind", operation.kind},
                           {"tenant", operation.slug},
                           {"state", std::string(to_string(operation.state))},
                           {"by", fmt::format("{}@{} (pid {})", operation.actor.name, operation.actor.host, operation.actor.pid)},
                           {"started", to_rfc3339(operation.started_at)},
                           {"finished", ended(operation)},
                           {"error", operation.error_message}});
  TextTable table({"TIME", "STEP", "MARK", "MS", "ERROR"});
  auto steps = nlohmann::json::array();
  for (const auto& event : events) {
    const bool timed = event.mark != Mark::applying && event.mark != Mark::reverting;
    table.add({to_rfc3339(event.at), event.step, std::string(to_string(event.mark)), timed ? std::to_string(event.duration_ms) : "",
               event.error_message});
    nlohmann::json document = {{"step", event.step},
                               {"mark", to_string(event.mark)},
                               {"at", to_rfc3339(event.at)},
                               {"duration_ms", event.duration_ms},
                               {"evidence", event.evidence}};
    if (!event.error_code.empty()) document["error"] = {{"code", event.error_code}, {"message", event.error_message}};
    steps.push_back(document);
  }
  auto document = operation_document(operation);
  document["parameters"] = operation.parameters;
  document["events"] = steps;
  return {.text = text + "\n" + table.str(), .document = {{"operation", document}}};
}

}  // namespace tenantctl
