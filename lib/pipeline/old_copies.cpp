#include "pipeline/old_copies.hpp"

#include <fmt/format.h>

#include "pipeline/restore_leftovers.hpp"
#include "pipeline/steps/evidence.hpp"

namespace tenantctl {
namespace {

Result<bool> is_left(const TenantDatabase& names, DatabaseServer& server) {
  TRY_ASSIGN(const auto roles, server.observe_roles(names));
  if (roles.presence != Presence::absent) return true;
  TRY_ASSIGN(const auto left, restore_leftovers(names, server));
  return !left.none();
}

}  // namespace

Result<void> drop_old_copy(const TenantDatabase& names, DatabaseServer& server) {
  // The roles' things go with them, whichever database they are in.
  TRY_ASSIGN(const auto own, server.observe_database(names));
  if (own.presence != Presence::absent) {
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("\"{}\" is there under the tenant's own name, and not only what a move left", names.place()))
                    .with_hint("see that the name under database_servers leads where it led when the tenant was moved"));
  }
  TRY(drop_restore_leftovers(names, server));
  return server.drop_roles(names);
}

Removal old_copies_removal(const TenantDatabase& names, std::vector<OldServer> servers) {
  std::vector<std::string> where;
  for (const auto& one : servers) where.push_back(one.name);
  auto evidence = evidence_of(names);
  evidence["servers"] = where;
  return {.what = fmt::format("what moves of \"{}\" have left on {}", names.place(), fmt::join(where, ", ")),
          .evidence = std::move(evidence),
          .look = [names, servers]() -> Result<Observed> {
            for (const auto& one : servers) {
              TRY_ASSIGN(const bool left, is_left(names, *one.server));
              if (left) return Observed{.presence = Presence::complete};
            }
            return Observed{.presence = Presence::absent};
          },
          .remove = [names, servers]() -> Result<void> {
            for (const auto& one : servers) TRY(drop_old_copy(names, *one.server));
            return {};
          }};
}

}  // namespace tenantctl
