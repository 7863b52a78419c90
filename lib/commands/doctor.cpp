// `doctor`: checks, and an inventory of the world compared both ways with the control database.
#include <fmt/format.h>

#include <algorithm>

#include "commands/doctor_checks.hpp"
#include "commands/doctor_inventory.hpp"
#include "commands/registry.hpp"

namespace tenantctl {
namespace {

struct DoctorArgs {
  bool fix = false;
  bool include_unknown = false;
};

/// A tenant's lock that is taken tells of a process at work: such an operation needs nobody's help.
bool is_in_progress(const Operation& operation, ControlPlane& control) {
  const auto slug = TenantSlug::parse(operation.slug);
  if (!slug) return false;
  const auto lock = control.operations.lock(*slug);
  return !lock && lock.error().code == ErrorCode::locked;
}

/// The order of the looks is what keeps tenants that come and go from looking like orphans: see compare_inventory.
Result<void> compare_both_ways(DoctorDetails& details, const Settings& settings, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  const auto before = look_at_world(settings, services);
  TRY_ASSIGN(const auto records, read_records(control));
  auto after = look_at_world(settings, services);
  auto found = compare_inventory(before.world, records, after.world);
  details.orphans = std::move(found.orphans);
  details.missing = std::move(found.missing);
  for (auto& unfinished : found.unfinished) {
    const bool in_progress = is_in_progress(unfinished.operation, control);
    details.unfinished.push_back({.unfinished = std::move(unfinished), .in_progress = in_progress});
  }
  details.notes = std::move(after.notes);
  std::ranges::move(after.failures, std::back_inserter(details.checks));
  return {};
}

DoctorDetails examine(Services& services) {
  DoctorDetails details{.checks = run_checks(services)};
  const auto settings = services.settings();
  if (!settings) return details;
  if (const auto compared = compare_both_ways(details, **settings, services); !compared) {
    details.checks.push_back(skipped_check("inventory", "not compared: " + full_message(compared.error())));
  }
  return details;
}

std::vector<Orphan> fixable(const DoctorDetails& details, const DoctorArgs& args) {
  std::vector<Orphan> chosen;
  std::ranges::copy_if(details.orphans, std::back_inserter(chosen), [&](const Orphan& orphan) {
    const auto remedy = remedy_of(orphan);
    return remedy == Remedy::fix || (remedy == Remedy::fix_unknown && args.include_unknown);
  });
  return chosen;
}

std::string question(const std::vector<Orphan>& orphans) {
  std::vector<std::string> names;
  for (const auto& orphan : orphans) names.push_back(fmt::format("{} \"{}\"", to_string(orphan.thing.kind), orphan.thing.name));
  return fmt::format("remove {} orphan{}: {}?", orphans.size(), orphans.size() == 1 ? "" : "s", fmt::join(names, ", "));
}

Result<Report> doctor(const DoctorArgs& args, Services& services) {
  auto details = examine(services);
  const auto orphans = args.fix ? fixable(details, args) : std::vector<Orphan>();
  if (orphans.empty()) return doctor_report(details);
  TRY(services.confirm(question(orphans)));
  TRY_ASSIGN(auto control, services.control());
  std::vector<Thing> removed;
  for (const auto& orphan : orphans) {
    if (auto signal = services.interrupted()) return fail(*signal);
    const auto done = remove_orphan(orphan, control, services);
    if (done) removed.push_back(orphan.thing);
    else services.progress().note(fmt::format("{} \"{}\" stays: {}", to_string(orphan.thing.kind), orphan.thing.name, full_message(done.error())));
  }
  // What is left is looked at anew, not reckoned.
  details = examine(services);
  details.removed = std::move(removed);
  return doctor_report(details);
}

}  // namespace

void add_doctor(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<DoctorArgs>(app, "doctor", "checks everything, and finds what belongs to no tenant and what tenants miss",
                                             "tenantctl doctor\n  tenantctl doctor --fix", chosen, doctor);
  auto* fix = sub->add_flag("--fix", args->fix, "remove orphans that are provably ours, after asking");
  sub->add_flag("--include-unknown", args->include_unknown, "also those of tenants that this control database never knew: make sure that no other one does")->needs(fix);
}

}  // namespace tenantctl
