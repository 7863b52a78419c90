// `failpoints`, in test builds only: every place where this binary can be told to die, so that no new step is forgotten.
#ifdef TENANTCTL_FAILPOINTS
#include <fmt/format.h>

#include "commands/registry.hpp"
#include "pipeline/create_pipeline.hpp"
#include "pipeline/failpoint.hpp"

namespace tenantctl {
namespace {

struct FailpointsArgs {};

Result<Report> failpoints(const FailpointsArgs&, Services&) {
  const auto names = failpoint_names(create_step_ids());
  return Report{.text = fmt::format("{}\n", fmt::join(names, "\n")), .document = {{"failpoints", names}}};
}

}  // namespace

void add_failpoints(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<FailpointsArgs>(app, "failpoints", "lists the crash points of a test build", "tenantctl failpoints", chosen, failpoints);
  sub->group("");
}

}  // namespace tenantctl
#endif
