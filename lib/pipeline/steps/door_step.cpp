#include "pipeline/steps/door_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

Presence opposite(Presence presence) {
  if (presence == Presence::complete) return Presence::absent;
  return presence == Presence::absent ? Presence::complete : presence;
}

DoorStep::DoorStep(std::string id, Door door, DoorState to, DoorState from)
    : id_(std::move(id)),
      door_(std::move(door)),
      to_(to),
      from_(from),
      description_(fmt::format("{} {}", to == DoorState::closed ? "suspend" : "activate", door_.what)) {}

Result<Observation> DoorStep::probe() {
  TRY_ASSIGN(auto seen, door_.look());
  return Observation{to_ == DoorState::open ? opposite(seen.presence) : seen.presence, door_.evidence, std::move(seen.detail)};
}

Result<Evidence> DoorStep::apply() {
  TRY(bring_to(to_));
  return door_.evidence;
}

// The names that the door works on come from the operation's own parameters, as the evidence does.
Result<void> DoorStep::revert(const Evidence&) { return bring_to(from_); }

}  // namespace tenantctl
