#include "pipeline/restore_leftovers.hpp"

#include <fmt/format.h>

#include "core/backup.hpp"
#include "pipeline/backup.hpp"
#include "pipeline/restore_plan.hpp"

namespace tenantctl {

RestoreLeftovers leftovers_of_restores(const TenantDatabase& names, const std::vector<Thing>& things) {
  RestoreLeftovers left;
  for (const auto& thing : things) {
    if (thing.tenant != names.tenant || (thing.kind != ThingKind::database && thing.kind != ThingKind::role)) continue;
    if (auto word = word_of_check(thing.name); !word.empty()) left.checks.insert(std::move(word));
    const bool aside = is_aside_of(names.database, thing.name);
    const auto name = DatabaseName::parse(thing.name);
    if (thing.kind != ThingKind::database || !name || !(aside || is_fresh_of(names.database, thing.name))) continue;
    auto one = names;
    one.database = *name;
    (aside ? left.aside : left.fresh).push_back(std::move(one));
  }
  return left;
}

Result<RestoreLeftovers> restore_leftovers(const TenantDatabase& names, DatabaseServer& server) {
  TRY_ASSIGN(const auto inventory, server.inventory());
  return leftovers_of_restores(names, inventory.things);
}

Result<void> check_is_free(const TenantDatabase& names, DatabaseServer& server) {
  TRY_ASSIGN(const auto seen, server.observe_database(names));
  if (seen.presence == Presence::absent) return {};
  return fail(make_error(ErrorCode::foreign_object, fmt::format("database \"{}\" exists already", names.database.str()))
                  .with_hint("try again: another name will be taken")
                  .may_retry());
}

Result<void> drop_restore_leftovers(const TenantDatabase& names, DatabaseServer& server) {
  TRY_ASSIGN(const auto left, restore_leftovers(names, server));
  for (const auto& one : left.aside) TRY(server.drop_database(one));
  for (const auto& one : left.fresh) TRY(server.drop_database(one));
  for (const auto& word : left.checks) TRY(drop_scratch(scratch_of(names.tenant, word), server));
  return {};
}

}  // namespace tenantctl
