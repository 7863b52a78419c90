// `failpoints`, in test builds only: every place where this binary can be told to die, so that no new step is forgotten.
#ifdef TENANTCTL_FAILPOINTS
#include <fmt/format.h>

#include <algorithm>

#include "commands/registry.hpp"
#include "pipeline/create_pipeline.hpp"
#include "pipeline/create_site_pipeline.hpp"
#include "pipeline/failpoint.hpp"
#include "pipeline/life_pipeline.hpp"

namespace tenantctl {
namespace {

struct FailpointsArgs {
  std::string pipeline;
};

struct Row {
  std::string_view pipeline;
  std::span<const std::string_view> (*steps)();
};

constexpr std::array k_pipelines{Row{"create", create_step_ids}, Row{"create_site", create_site_step_ids}, Row{"life", life_step_ids}};

Result<Report> failpoints(const FailpointsArgs& args, Services&) {
  std::vector<std::string_view> steps;
  for (const auto& row : k_pipelines) {
    if (!args.pipeline.empty() && args.pipeline != row.pipeline) continue;
    for (const auto step : row.steps()) {
      if (std::ranges::find(steps, step) == steps.end()) steps.push_back(step);
    }
  }
  const auto names = failpoint_names(steps);
  return Report{.text = fmt::format("{}\n", fmt::join(names, "\n")), .document = {{"failpoints", names}}};
}

}  // namespace

void add_failpoints(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<FailpointsArgs>(app, "failpoints", "lists the crash points of a test build", "tenantctl failpoints life", chosen, failpoints);
  sub->add_option("pipeline", args->pipeline, "only those of one pipeline")->check(CLI::IsMember({"create", "create_site", "life"}));
  sub->group("");
}

}  // namespace tenantctl
#endif
