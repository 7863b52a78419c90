#include "pipeline/preview.hpp"

#include <fmt/format.h>

namespace tenantctl {

Result<std::vector<PlannedStep>> preview(Pipeline& pipeline) {
  std::vector<PlannedStep> planned;
  for (const auto& step : pipeline) {
    auto seen = step->foresee();
    if (!seen) return fail(std::move(seen).error().with_context(fmt::format("step \"{}\"", step->id())));
    planned.push_back({std::string(step->id()), std::string(step->describe()), seen->presence, seen->detail});
  }
  return planned;
}

}  // namespace tenantctl
