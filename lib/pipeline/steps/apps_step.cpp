#include "pipeline/steps/apps_step.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl {

AppsStep::AppsStep(const CreatePlan& plan, const SitePorts& ports)
    : bench_(ports.bench),
      site_(plan.frappe->site),
      apps_(plan.frappe->apps),
      source_sql_(plan.frappe->source_sql),
      description_(apps_.empty() ? "install no apps" : fmt::format("install \"{}\"", fmt::join(apps_, "\", \""))) {}

Result<Observation> AppsStep::probe() { return Observation{Presence::absent, to_json(site_)}; }

Result<Evidence> AppsStep::apply() {
  TRY_ASSIGN(const auto before, bench_.installed_apps(site_));
  TRY(install_missing(before));
  TRY_ASSIGN(const auto now, bench_.installed_apps(site_));
  for (const auto& app : apps_) {
    if (std::ranges::find(now, app) == now.end())
      return fail(ErrorCode::process_failed,
                  fmt::format("app \"{}\" was installed, but site \"{}\" does not have it", app, site_.name.str()));
  }
  return Evidence{{"site", site_.name.str()}, {"apps", now}};
}

/// An app that the site names may have been left half installed by an earlier try, so that it is installed again; but not one
/// that came with a dump.
Result<void> AppsStep::install_missing(const std::vector<std::string>& present) {
  for (const auto& app : apps_) {
    if (source_sql_.empty()) {
      TRY(bench_.install_app(site_, app));
    } else if (std::ranges::find(present, app) == present.end()) {
      return fail(
          make_error(ErrorCode::config_invalid, fmt::format("the dump \"{}\" is of a site without the app \"{}\"", source_sql_, app))
              .with_hint("make source_sql from a site that has all apps of the stack"));
    }
  }
  return {};
}

Result<void> AppsStep::revert(const Evidence&) { return {}; }

}  // namespace tenantctl
