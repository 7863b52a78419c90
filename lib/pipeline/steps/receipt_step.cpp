#include "pipeline/steps/receipt_step.hpp"

#include <fmt/format.h>

#include "pipeline/json_fields.hpp"

namespace tenantctl {
namespace {

nlohmann::json removed_things(const LifePlan& life) {
  const auto& plan = life.tenant;
  nlohmann::json removed{{"domains", life.domains},
                         {"hosts", {plan.front.str(), plan.back.str()}},
                         {"route_files", to_strings(plan.route_files)},
                         {"server", plan.server.str()}};
  if (plan.frappe) {
    removed["site"] = plan.frappe->site.name.str();
    removed["database"] = plan.frappe->site.database.str();
  } else {
    removed["database"] = plan.database.database.str();
    if (plan.database.schema) removed["schema"] = plan.database.schema->str();
    removed["roles"] = {plan.database.owner.str(), plan.database.login.str()};
  }
  if (!plan.credentials_file.empty()) removed["credentials_file"] = plan.credentials_file.string();
  if (!plan.configuration_file.empty()) removed["configuration_file"] = plan.configuration_file.string();
  return removed;
}

}  // namespace

ReceiptStep::ReceiptStep(const LifePlan& plan, BackupStore* store, Clock& clock, Actor actor)
    : plan_(plan), store_(store), clock_(clock), actor_(std::move(actor)) {}

Result<nlohmann::json> ReceiptStep::backup_document() const {
  if (store_ == nullptr || !plan_.backup) return nlohmann::json(nullptr);
  TRY_ASSIGN(const auto stored, store_->find(plan_.tenant.slug, plan_.tenant.code, *plan_.backup));
  if (!stored)
    return fail(make_error(ErrorCode::backup_not_found, fmt::format("backup {} is gone", plan_.backup->str()))
                    .with_hint("run \"tenantctl backups list\""));
  auto files = nlohmann::json::array();
  for (const auto& file : stored->backup.files)
    files.push_back({{"path", (stored->folder / file.name).string()}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  return nlohmann::json{{"id", stored->backup.id.str()}, {"files", files}};
}

Result<Evidence> ReceiptStep::apply() {
  const auto& tenant = plan_.tenant;
  TRY_ASSIGN(auto backup, backup_document());
  Evidence receipt{
      {"format", 1},
      {"tenant",
       {{"id", tenant.tenant().str()}, {"code", tenant.code.str()}, {"slug", tenant.slug.str()}, {"company_name", tenant.company_name}}},
      {"deleted_at", to_rfc3339(clock_.now())},
      {"deleted_by", actor_.name},
      {"on_host", actor_.host},
      {"reason", plan_.reason},
      {"removed", removed_things(plan_)},
      {"backup", std::move(backup)},
      {"quarantine_days", plan_.quarantine_days}};
  if (store_ == nullptr) return receipt;
  const auto text = receipt.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  TRY_ASSIGN(const auto file, store_->write_note(tenant.slug, tenant.code, "receipt.json", text));
  receipt["file"] = file.string();
  return receipt;
}

}  // namespace tenantctl
