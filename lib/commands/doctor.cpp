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

HealthCheck check_configurations(Services& services) {
  const std::string name = "configurations";
  auto control = services.control();
  if (!control) return skipped_check(name, "the control database does not answer");
  const auto lagging = control->configurations.lagging();
  if (!lagging) return failed_check(name, lagging.error());
  if (lagging->empty()) return {.name = name, .detail = "every application has its tenant's newest"};
  const auto& first = lagging->front();
  const auto others = lagging->size() == 1 ? std::string() : fmt::format(", and {} more", lagging->size() - 1);
  return failed_check(name, make_error(ErrorCode::check_failed, fmt::format("that of \"{}\" is at version {}, and its application has {}{}",
                                                                            first.slug, first.version, first.given, others))
                                .with_hint(fmt::format("run \"tenantctl config push {}\"", first.slug)));
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
  details.checks.push_back(check_configurations(services));
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

/// Written before the removal, so that nothing is gone of which nobody knows who removed it, and again with its outcome.
Result<void> record(const Orphan& orphan, const char* action, ControlPlane& control, Services& services) {
  const auto actor = services.actor();
  return control.audit.append(
      {.actor = actor.name,
       .host = actor.host,
       .action = action,
       .tenant = orphan.thing.tenant,
       .slug = orphan.slug,
       .details = {{"kind", to_string(orphan.thing.kind)}, {"name", orphan.thing.name}, {"place", orphan.thing.place}}});
}

Result<void> remove_and_record(const Orphan& orphan, ControlPlane& control, Services& services) {
  TRY(record(orphan, "doctor_fix.started", control, services));
  const auto removed = remove_orphan(orphan, control, services);
  TRY(record(orphan, removed ? "doctor_fix.succeeded" : "doctor_fix.failed", control, services));
  return removed;
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
    const auto done = remove_and_record(orphan, control, services);
    if (done) removed.push_back(orphan.thing);
    else
      services.progress().note(
          fmt::format("{} \"{}\" stays: {}", to_string(orphan.thing.kind), orphan.thing.name, full_message(done.error())));
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
  sub->add_flag("--include-unknown", args->include_unknown,
                "also those of tenants that this control database never knew: make sure that no other one does")
      ->needs(fix);
}

}  // namespace tenantctl
