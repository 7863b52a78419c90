// What a pipeline would do, for `--dry-run`: it looks, and changes nothing.
#pragma once
#include "pipeline/step.hpp"

namespace tenantctl {

struct PlannedStep {
  std::string id;
  std::string what;  // Step::describe
  Presence presence = Presence::absent;
  std::string detail = {};  // with foreign: what is in the way
};

/// Probes every step, in order. Errors: those of the steps' ports.
Result<std::vector<PlannedStep>> preview(Pipeline& pipeline);

}  // namespace tenantctl
