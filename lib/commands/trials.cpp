// `trials list|expire|extend`: what becomes of trials, for people and for cron.
#include <fmt/format.h>

#include <algorithm>

#include "commands/due_work.hpp"
#include "commands/duration_options.hpp"
#include "commands/finish_operation.hpp"
#include "commands/held_tenant.hpp"
#include "commands/plan_change.hpp"
#include "commands/reason.hpp"
#include "commands/state_change.hpp"
#include "core/moment.hpp"
#include "core/paging.hpp"
#include "views/trials.hpp"

namespace tenantctl {
namespace {

struct ExpireArgs {
  std::string now;
  std::size_t jobs = 4;
  bool dry_run = false;
};

/// The plan's terms of today: whoever begins to pay has agreed to these.
Result<void> convert_trial(const TrialDue& due, const std::function<bool(const Tenant&)>& only_if, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(due.slug));
  if (!only_if(tenant)) return {};  // its terms are others by now
  TRY_ASSIGN(const auto terms, control.terms.of(tenant.id));
  if (terms.converts_to.empty()) {
    // Another run may have converted it between the two questions.
    TRY_ASSIGN(const auto again, control.tenants.find(tenant.id.str()));
    if (!only_if(again)) return {};
    return fail(make_error(ErrorCode::plans_invalid, fmt::format("plan \"{}\" does not say what its trial becomes", terms.name.str()))
                    .with_hint(fmt::format(
                        "run \"tenantctl plan set {} PLAN\", or give the plan a converts_to and run \"tenantctl plans apply\"", due.slug)));
  }
  TRY_ASSIGN(const auto* catalog, services.plans());
  TRY_ASSIGN(const auto* to, catalog->find(terms.converts_to));
  // What it uses above the new plan's limits it keeps: it was promised to go on.
  TRY(change_plan(due.slug, *to, {.reason = std::string(k_trial_over), .force = true, .ends_trial = true, .only_if = only_if}, services));
  return {};
}

std::string_view kind_of(TrialAction action) {
  return action == TrialAction::convert ? k_plan_change_kind : action == TrialAction::suspend ? "suspend" : "cancel";
}

/// Of a run that was killed: what it had begun with this tenant is gone on with, or undone where something else is due by now. True where
/// that has done what is due.
Result<bool> finish_begun(const TrialDue& due, Instant now, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto begun, control.operations.list({.slug = due.slug, .only_unfinished = true, .limit = 1}));
  if (begun.empty() || begun.front().parameters.value("reason", std::string()) != k_trial_over) return false;
  TRY_ASSIGN(const auto tenant, control.tenants.find(due.slug));
  if (begun.front().kind == kind_of(due.action) && is_still_due(due, tenant, now)) {
    TRY_ASSIGN(const auto end, finish_operation(begun.front(), "", control, services));
    return end.operation.state == OperationState::succeeded;
  }
  TRY_ASSIGN(auto taken, take_operation(begun.front(), "", control, services));
  if (is_finished(taken.operation.state)) return false;
  TRY(undo_operation(taken, make_error(ErrorCode::operation_failed, "something else is due by now"), control, services));
  return false;
}

/// False where another run was faster.
Result<bool> end_trial(const TrialDue& due, Instant now, Services& services) {
  TRY_ASSIGN(const bool is_finished_already, finish_begun(due, now, services));
  bool is_ours = is_finished_already;
  const auto only_if = [&](const Tenant& tenant) {
    const bool is_due = is_still_due(due, tenant, now);
    is_ours = is_finished_already || is_due;  // the last answer counts: it is given while the tenant is held
    return is_due;
  };
  if (due.action == TrialAction::convert) {
    TRY(convert_trial(due, only_if, services));
    return is_ours;
  }
  const auto verb = due.action == TrialAction::suspend ? TenantVerb::suspend : TenantVerb::cancel;
  TRY(change_state(verb, {.tenant = due.slug, .reason = std::string(k_trial_over), .is_confirmed = true, .only_if = only_if}, services));
  return is_ours;
}

Result<void> end_trials(const std::vector<TrialDue>& due, const ExpireArgs& args, Instant now, std::vector<TrialLine>& lines,
                        Services& services) {
  auto done = work_off(
      due.size(), args.jobs, [&](std::size_t i, Services& mine) { return end_trial(due[i], now, mine); }, services);
  for (auto& end : done.ends)
    lines.push_back(
        {.slug = due[end.which].slug, .action = due[end.which].action, .failure = std::move(end.failure), .is_held = end.is_held});
  std::ranges::sort(lines, {}, &TrialLine::slug);
  if (done.stopped_by) return fail(std::move(*done.stopped_by));
  return {};
}

void add_lines(std::vector<TrialLine>& lines, const std::vector<std::string>& slugs, TrialAction action) {
  for (const auto& slug : slugs) lines.push_back({.slug = slug, .action = action});
}

Result<void> end_all(const ExpireArgs& args, Instant now, std::vector<TrialLine>& lines, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto graced, control.trials.begin_grace(now, settings->trials));
  add_lines(lines, graced, TrialAction::grace);
  TRY_ASSIGN(auto due, control.trials.due(now));
  std::erase_if(due, [](const TrialDue& one) { return one.action == TrialAction::remind || one.action == TrialAction::grace; });
  return end_trials(due, args, now, lines, services);
}

Result<Report> expire(const ExpireArgs& args, Services& services) {
  auto now = services.clock().now();
  if (!args.now.empty()) { TRY_ASSIGN(now, parse_instant(args.now)); }
  TRY_ASSIGN(auto control, services.control());
  std::vector<TrialLine> lines;
  if (args.dry_run) {
    TRY_ASSIGN(const auto due, control.trials.due(now));
    for (const auto& one : due) lines.push_back({.slug = one.slug, .action = one.action});
    return trials_expired_report(lines, true);
  }
  TRY_ASSIGN(const auto reminded, control.trials.remind(now));
  add_lines(lines, reminded, TrialAction::remind);
  // What was done is told, also where the rest can't be.
  if (auto ended = end_all(args, now, lines, control, services); !ended) {
    for (const auto& line : lines) services.progress().note(fmt::format("{}: {}", line.slug, result_of_trial(line, false)));
    return fail(std::move(ended).error());
  }
  return trials_expired_report(lines, false);
}

bool is_on_trial(const Tenant& tenant) { return tenant.trial_ends_at && is_in_use(tenant.status); }

struct ListTrialsArgs {};

Result<Report> list_trials(const ListTrialsArgs&, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto page, control.tenants.list({.limit = k_all}));
  std::erase_if(page.tenants, [](const Tenant& tenant) { return !is_on_trial(tenant); });
  return trial_list_report(page.tenants, services.clock().now());
}

struct ExtendArgs {
  std::string tenant;
  int days = 0;
  std::string reason;
  std::string lock_wait;
};

Result<Report> extend(const ExtendArgs& args, Services& services) {
  TRY(check_reason(args.reason));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto found, control.tenants.find(args.tenant));
  // A run that ends it now is not to be passed.
  TRY_ASSIGN(const auto held, hold_tenant(found, args.lock_wait, control, services));
  const auto& tenant = held.tenant;
  const auto& slug = tenant.slug.str();
  if (!is_on_trial(tenant)) {
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("tenant \"{}\" is {} and on no trial that could be extended", slug, to_string(tenant.status)))
                    .with_hint(fmt::format("run \"tenantctl plan show {}\"", slug)));
  }
  TRY_ASSIGN(const auto* settings, services.settings());
  // The day that ends at that moment is the last one that it has.
  const auto last = settings->trials.zone.empty() ? *tenant.trial_ends_at : *tenant.trial_ends_at - std::chrono::microseconds(1);
  TRY_ASSIGN(const auto end, control.trials.end_of(last, args.days, settings->trials));
  if (end <= services.clock().now()) {
    return fail(make_error(ErrorCode::bad_value, fmt::format("its trial would end at {}, which is over already", to_rfc3339(end)))
                    .with_hint("pass more --days"));
  }
  nlohmann::json details{{"days", args.days}};
  if (!args.reason.empty()) details["reason"] = args.reason;
  const auto entry = audit_entry(services.actor(), "trials_extend.succeeded", tenant, std::move(details));
  TRY(control.trials.extend(tenant.id, *tenant.trial_ends_at, end, entry));
  auto report = trial_extended_report(slug, end);
  if (tenant.status == TenantStatus::suspended)
    report.text += fmt::format("it is suspended: run \"tenantctl activate {}\" to open it\n", slug);
  return report;
}

}  // namespace

void add_trials(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("trials", "shows trials, and does what is due with those that end");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl trials expire");

  add_command<ListTrialsArgs>(*group, "list", "shows who is on trial, and until when", "tenantctl trials list", chosen, list_trials);
  auto [expire_sub, expire_args] = add_command<ExpireArgs>(
      *group, "expire", "reminds, converts, gives grace, suspends and cancels, whoever is due; for cron: runs that overlap do each once",
      "tenantctl trials expire --dry-run", chosen, expire);
  expire_sub->add_flag("--dry-run", expire_args->dry_run, "only show what is due");
  expire_sub->add_option("--now", expire_args->now, "as if it were then: an instant or a day, in UTC")->type_name("TIME");
  expire_sub->add_option("--jobs", expire_args->jobs, "how many tenants at once")->check(CLI::Range(1, 32))->capture_default_str();
  auto [extend_sub, extend_args] =
      add_command<ExtendArgs>(*group, "extend", "has a trial end later, and its grace and reminders begin anew",
                              "tenantctl trials extend acme --days 7", chosen, extend);
  add_tenant(*extend_sub, extend_args->tenant);
  extend_sub->add_option("--days", extend_args->days, "how many days later")->required()->check(CLI::Range(1, 3650));
  extend_sub->add_option("--reason", extend_args->reason, "why, for the audit log")->type_name("TEXT");
  add_lock_wait(*extend_sub, extend_args->lock_wait);
}

}  // namespace tenantctl
