// `expire`: deletes tenants whose time is over, for cron and CI. It touches no tenant that was not given a time.
#include <fmt/format.h>

#include <algorithm>

#include "commands/due_work.hpp"
#include "commands/finish_operation.hpp"
#include "commands/registry.hpp"
#include "commands/state_change.hpp"
#include "core/moment.hpp"
#include "views/expiry.hpp"

namespace tenantctl {
namespace {

struct ExpiryArgs {
  std::string now;
  std::size_t jobs = 4;
  bool dry_run = false;
};

/// What became of an operation that another process had begun with it.
enum class Begun : std::uint8_t { nothing, left_alone, ended, undone_create };

Result<std::optional<Operation>> unfinished_on(const ExpiryDue& due, ControlPlane& control) {
  TRY_ASSIGN(auto operations, control.operations.list({.slug = due.slug, .only_unfinished = true}));
  for (auto& operation : operations) {
    if (operation.tenant == due.id) return std::optional(std::move(operation));
  }
  return std::optional<Operation>();
}

/// A process that died had begun it: a create is taken back, all else is brought to its end, as `resume` does. One that lives holds the
/// tenant's lock.
Result<Begun> end_begun(const ExpiryDue& due, Instant now, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto begun, unfinished_on(due, control));
  if (!begun) return Begun::nothing;
  TRY_ASSIGN(auto taken, take_operation(*begun, "", control, services));
  // Only what is seen now that it is held counts: somebody may have given it more time.
  const auto tenant = control.tenants.find(due.id.str());
  if (!tenant && tenant.error().code == ErrorCode::tenant_not_found) return Begun::left_alone;
  if (!tenant) return fail(tenant.error());
  if (!is_still_due(due, *tenant, now)) return Begun::left_alone;
  if (is_finished(taken.operation.state)) return Begun::nothing;
  if (begun->kind == "create") {
    TRY(undo_operation(taken, make_error(ErrorCode::operation_failed, std::string(k_expired)), control, services));
    return Begun::undone_create;
  }
  TRY(finish_taken(taken, control, services));
  return Begun::ended;
}

/// False where another run was faster, or somebody has given it more time.
Result<bool> end_tenant(const ExpiryDue& due, Instant now, ExpiryLine& line, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto begun, end_begun(due, now, control, services));
  if (begun == Begun::left_alone) return false;
  line.is_half_made = begun == Begun::undone_create;
  if (line.is_half_made) return true;
  const auto only_if = [&](const Tenant& tenant) { return is_still_due(due, tenant, now); };
  auto deleted = change_state(
      TenantVerb::remove,
      {.tenant = due.id.str(), .reason = std::string(k_expired), .no_backup = true, .is_confirmed = true, .only_if = only_if}, services);
  if (!deleted && deleted.error().code == ErrorCode::tenant_not_found) return false;
  if (!deleted) return fail(std::move(deleted).error());
  if (deleted->document.value("changed", false)) return true;
  return begun == Begun::ended && deleted->document["tenant"]["status"] == to_string(TenantStatus::deleted);
}

ExpiryLine planned_line(const ExpiryDue& due) {
  const bool is_half_made = due.status == TenantStatus::provisioning || due.status == TenantStatus::failed;
  return {.slug = due.slug, .expires_at = due.expires_at, .is_half_made = is_half_made};
}

Result<Report> expire_tenants(const ExpiryArgs& args, Services& services) {
  auto now = services.clock().now();
  if (!args.now.empty()) { TRY_ASSIGN(now, parse_instant(args.now)); }
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto due, control.expiry.due(now));
  std::vector<ExpiryLine> planned;
  for (const auto& one : due) planned.push_back(planned_line(one));
  if (args.dry_run) return expired_report(planned, true);
  // A look at what is to come is --dry-run; this is for good.
  if (now > services.clock().now() && !due.empty())
    TRY(services.confirm(
        fmt::format("delete {} tenant{} now, whose time is over at {}?", due.size(), due.size() == 1 ? "" : "s", to_rfc3339(now))));
  auto done = work_off(
      due.size(), args.jobs, [&](std::size_t i, Services& mine) { return end_tenant(due[i], now, planned[i], mine); }, services);
  std::vector<ExpiryLine> lines;
  std::ranges::sort(done.ends, {}, &DueEnd::which);
  for (auto& end : done.ends) {
    auto& line = lines.emplace_back(planned[end.which]);
    line.failure = std::move(end.failure);
    line.is_held = end.is_held;
  }
  if (!done.stopped_by) return expired_report(lines, false);
  // What was done is told, also where the rest can't be.
  for (const auto& line : lines) services.progress().note(fmt::format("{}: {}", line.slug, result_of_expiry(line, false)));
  return fail(std::move(*done.stopped_by));
}

}  // namespace

void add_expire(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<ExpiryArgs>(
      app, "expire", "deletes tenants that were made with --ttl and whose time is over, without a backup; for cron: runs may overlap",
      "tenantctl expire --dry-run", chosen, expire_tenants);
  sub->add_flag("--dry-run", args->dry_run, "only show what is due");
  sub->add_option("--now", args->now, "as if it were then: an instant or a day, in UTC")->type_name("TIME");
  sub->add_option("--jobs", args->jobs, "how many tenants at once")->check(CLI::Range(1, 32))->capture_default_str();
}

}  // namespace tenantctl
