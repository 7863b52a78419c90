// `failpoints`, in test builds only: every place where this binary can be told to die, so that no new step is forgotten.
#ifdef TENANTCTL_FAILPOINTS
#include <fmt/format.h>

#include "commands/registry.hpp"
#include "pipeline/create_pipeline.hpp"
#include "pipeline/create_site_pipeline.hpp"
#include "pipeline/domain_pipeline.hpp"
#include "pipeline/failpoint.hpp"
#include "pipeline/life_pipeline.hpp"
#include "pipeline/move_pipeline.hpp"
#include "pipeline/plan_change.hpp"
#include "pipeline/restore_pipeline.hpp"

namespace tenantctl {
namespace {

struct FailpointsArgs {};

/// A pipeline is listed here once, and whoever sweeps it asks for its name.
Result<Report> failpoints(const FailpointsArgs&, Services&) {
  const std::pair<const char*, std::span<const std::string_view>> pipelines[] = {{"create", create_step_ids()},
                                                                                 {"create_pooled", pooled_step_ids()},
                                                                                 {"pool_fill", fill_step_ids()},
                                                                                 {"create_site", create_site_step_ids()},
                                                                                 {"create_pooled_site", pooled_site_step_ids()},
                                                                                 {"pool_fill_site", fill_site_step_ids()},
                                                                                 {"life", life_step_ids()},
                                                                                 {"restore", restore_step_ids()},
                                                                                 {"move", move_step_ids()},
                                                                                 {"domain", domain_step_ids()},
                                                                                 {"plan_set", plan_change_step_ids()}};
  Report report{.text = {}, .document = {{"failpoints", nlohmann::json::object()}}};
  for (const auto& [pipeline, steps] : pipelines) {
    const auto names = failpoint_names(steps);
    report.text += fmt::format("{}:\n  {}\n", pipeline, fmt::join(names, "\n  "));
    report.document["failpoints"][pipeline] = names;
  }
  return report;
}

}  // namespace

void add_failpoints(CLI::App& app, Command& chosen) {
  auto [sub, args] =
      add_command<FailpointsArgs>(app, "failpoints", "lists the crash points of a test build", "tenantctl failpoints", chosen, failpoints);
  sub->group("");
}

}  // namespace tenantctl
#endif
