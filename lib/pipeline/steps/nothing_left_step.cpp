#include "pipeline/steps/nothing_left_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

NothingLeftStep::NothingLeftStep(TenantId tenant, std::vector<PlaceToLook> places)
    : tenant_(std::move(tenant)), places_(std::move(places)) {}

Result<Evidence> NothingLeftStep::apply() {
  std::vector<std::string> left;
  auto looked_at = Evidence::array();
  for (const auto& place : places_) {
    TRY_ASSIGN(const auto things, place.things());
    for (const auto& thing : things) {
      if (thing.tenant == tenant_) left.push_back(fmt::format("{} \"{}\" ({})", to_string(thing.kind), thing.name, place.name));
    }
    looked_at.push_back(place.name);
  }
  if (left.empty()) return Evidence{{"looked_at", std::move(looked_at)}};
  return fail(make_error(ErrorCode::check_failed, fmt::format("something is left: {}", fmt::join(left, ", ")))
                  .with_hint("remove it by hand, and resume the operation"));
}

}  // namespace tenantctl
