// `ttl set|clear`: until when a tenant has time before `expire` deletes it. It deletes nothing itself.
#include <fmt/format.h>

#include "commands/duration_options.hpp"
#include "commands/held_tenant.hpp"
#include "commands/registry.hpp"
#include "core/audit.hpp"
#include "core/moment.hpp"
#include "core/tenant_states.hpp"
#include "views/expiry.hpp"
#include "views/instants.hpp"

namespace tenantctl {
namespace {

struct TtlArgs {
  std::string tenant;
  std::string when;
  std::string lock_wait;
};

/// A deletion that was begun and not finished would be gone on with by whoever resumes it.
Result<std::string> begun_deletion(const Tenant& tenant, ControlPlane& control) {
  TRY_ASSIGN(const auto operations, control.operations.list({.slug = tenant.slug.str(), .only_unfinished = true}));
  for (const auto& operation : operations) {
    if (operation.tenant == tenant.id && operation.kind == to_string(TenantVerb::remove))
      return fmt::format("a deletion of it was begun: run \"tenantctl rollback {}\" to take it back\n", operation.id.str());
  }
  return std::string();
}

Result<Report> change_ttl(const TtlArgs& args, const std::optional<Instant>& at, std::string_view action, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto found, control.tenants.find(args.tenant));
  if (at && !found.expires_at)
    TRY(services.confirm(fmt::format("\"{}\" was to stay: have it deleted without a backup at {}?", found.slug.str(), to_rfc3339(*at))));
  // A run that deletes it now is not to be passed.
  TRY_ASSIGN(const auto held, hold_tenant(found, args.lock_wait, control, services));
  const auto& tenant = held.tenant;
  if (tenant.status == TenantStatus::deleted)
    return fail(make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is deleted", tenant.slug.str()))
                    .with_hint("run \"tenantctl list\""));
  const auto entry = audit_entry(services.actor(), fmt::format("{}.succeeded", action), tenant,
                                 {{"expires_at", instant_or_null(at)}, {"before", instant_or_null(tenant.expires_at)}});
  TRY(control.expiry.set(tenant.id, at, entry));
  auto report = ttl_report(tenant.slug.str(), at);
  TRY_ASSIGN(const auto warning, begun_deletion(tenant, control));
  report.text += warning;
  return report;
}

Result<Report> set_ttl(const TtlArgs& args, Services& services) {
  const auto now = services.clock().now();
  TRY_ASSIGN(const auto at, parse_moment(args.when, now, Span::after_now));
  if (at <= now)
    return fail(make_error(ErrorCode::bad_value, fmt::format("it would expire at {}, which is over already", to_rfc3339(at)))
                    .with_hint("write how long it is wanted from now on, such as 2h or 7d"));
  return change_ttl(args, at, "ttl_set", services);
}

Result<Report> clear_ttl(const TtlArgs& args, Services& services) { return change_ttl(args, std::nullopt, "ttl_clear", services); }

}  // namespace

void add_ttl(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("ttl", "says until when a tenant has time before \"expire\" deletes it");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl ttl clear acme");

  auto [set_sub, set_args] = add_command<TtlArgs>(*group, "set", "gives a tenant time from now on, or until then, and no more",
                                                  "tenantctl ttl set acme 2h\n  tenantctl ttl set acme 2026-12-24", chosen, set_ttl);
  add_tenant(*set_sub, set_args->tenant);
  set_sub->add_option("when", set_args->when, "a span of time from now, such as 2h or 7d; or an instant or a day, in UTC")
      ->required()
      ->type_name("DURATION|TIME");
  add_lock_wait(*set_sub, set_args->lock_wait);
  auto [clear_sub, clear_args] =
      add_command<TtlArgs>(*group, "clear", "has a tenant stay, whatever time it had", "tenantctl ttl clear acme", chosen, clear_ttl);
  add_tenant(*clear_sub, clear_args->tenant);
  add_lock_wait(*clear_sub, clear_args->lock_wait);
}

}  // namespace tenantctl
