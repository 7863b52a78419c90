#include "pipeline/steps/database_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {
namespace {

std::string describe_making(const TenantDatabase& names, const ConfigName& stack, const std::filesystem::path& backup) {
  if (!backup.empty()) return fmt::format("create database \"{}\" from backup \"{}\"", names.database.str(), backup.string());
  if (!names.schema) return fmt::format("create database \"{}\" from the template of stack \"{}\"", names.database.str(), stack.str());
  return fmt::format("create schema \"{}\" in database \"{}\" from the files of stack \"{}\"", names.schema->str(), names.database.str(),
                     stack.str());
}

}  // namespace

DatabaseStep::DatabaseStep(const CreatePlan& plan, const CreatePorts& ports)
    : server_(ports.server),
      names_(plan.database),
      source_(ports.template_source),
      fill_(plan.from_backup.empty() ? nullptr : ports.fill),
      promised_(plan.pool_template),
      description_(describe_making(names_, plan.stack, plan.from_backup)) {}

Result<Observation> DatabaseStep::probe() {
  TRY_ASSIGN(auto seen, server_.observe_database(names_));
  is_there_ = seen.presence == Presence::complete;
  return Observation{seen.presence, evidence_of(names_), std::move(seen.detail)};
}

Result<Evidence> DatabaseStep::apply() {
  if (fill_) {
    auto evidence = evidence_of(names_);
    TRY_ASSIGN(evidence["backup"], fill_(names_));
    return evidence;
  }
  TRY_ASSIGN(const auto source, source_());
  TRY_ASSIGN(const auto from, server_.create_database(names_, source));
  if (!promised_.empty() && from.str() != promised_) {
    return fail(make_error(ErrorCode::config_invalid, "the stack's schema or seed files have changed since the database was begun")
                    .with_hint("run \"tenantctl pool fill\" again")
                    .may_retry());
  }
  auto evidence = evidence_of(names_);
  // One that was there already was made of the files of its day, which may be others than today's: its next migrate looks itself.
  if (is_there_) return evidence;
  evidence["template"] = from.str();
  const bool stated = !source.stated_version.empty();
  evidence["schema_version"] = stated ? source.stated_version : version_of(source.migrations);
  evidence["schema_fingerprint"] = stated ? fingerprint_of_version(source.stated_version) : fingerprint_of(source.migrations);
  return evidence;
}

Result<void> DatabaseStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto names, database_from(evidence));
  return server_.drop_database(names);
}

}  // namespace tenantctl
