#include "pipeline/steps/removal_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

RemovalStep::RemovalStep(std::string id, Removal removal)
    : id_(std::move(id)), removal_(std::move(removal)), description_(fmt::format("remove {}", removal_.what)) {}

Result<Observation> RemovalStep::probe() {
  TRY_ASSIGN(auto seen, removal_.look());
  auto presence = seen.presence;
  if (presence == Presence::absent) presence = Presence::complete;
  else if (presence == Presence::complete) presence = Presence::absent;
  return Observation{presence, removal_.evidence, std::move(seen.detail)};
}

Result<Evidence> RemovalStep::apply() {
  TRY(removal_.remove());
  return removal_.evidence;
}

Result<void> RemovalStep::revert(const Evidence&) { return fail(ErrorCode::internal, fmt::format("step \"{}\" can't be taken back", id_)); }

}  // namespace tenantctl
