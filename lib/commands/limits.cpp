// `limits check|take|release|override`: what applications ask before they let a tenant make more of something.
#include <fmt/format.h>

#include "commands/reason.hpp"
#include "commands/registry.hpp"
#include "core/audit.hpp"
#include "core/moment.hpp"
#include "core/tenant_states.hpp"
#include "core/utf8.hpp"
#include "views/limits.hpp"

namespace tenantctl {
namespace {

struct LimitArgs {
  std::string tenant;
  std::string resource;
  std::string company;
  std::int64_t count = 1;
  std::optional<std::int64_t> current;
};

struct Asked {
  Tenant tenant;
  const Resource* resource = nullptr;
  Plan terms;
};

Day today(Services& services) { return day_of(services.clock().now()); }

Result<void> check_company(const LimitArgs& args, const Resource& resource) {
  if (args.company.empty() || resource.is_per_company) return {};
  return fail(
      make_error(ErrorCode::usage, fmt::format("{} are not counted for each company", resource.name)).with_hint("leave --company out"));
}

Result<Asked> asked_for(const LimitArgs& args, ControlPlane& control) {
  TRY_ASSIGN(const auto* resource, find_resource(args.resource));
  TRY(check_company(args, *resource));
  TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
  TRY(check_in_use(tenant, ""));
  TRY_ASSIGN(auto terms, control.terms.of(tenant.id));
  return Asked{.tenant = std::move(tenant), .resource = resource, .terms = std::move(terms)};
}

LimitQuestion question(const Asked& asked, const Limit& limit, std::int64_t current, std::int64_t wanted) {
  return {.resource = *asked.resource,
          .limit = limit,
          .current = current,
          .wanted = wanted,
          .has_price = asked.terms.overage.contains(std::string(asked.resource->name)),
          .soft_percent = asked.terms.soft_limit_percent,
          .is_suspended = asked.tenant.status == TenantStatus::suspended};
}

Report answer_report(const Asked& asked, const std::string& company, const LimitQuestion& question, const LimitAnswer& answer) {
  return limit_report({.slug = asked.tenant.slug.str(),
                       .resource = std::string(asked.resource->name),
                       .company = company,
                       .current = question.current,
                       .limit = question.limit,
                       .answer = answer});
}
Report answer_report(const Asked& asked, const std::string& company, const LimitQuestion& question) {
  return answer_report(asked, company, question, answer_to(question));
}

Result<Report> check_limit(const LimitArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto asked, asked_for(args, control));
  const auto company = args.company.empty() && asked.resource->is_per_company ? std::nullopt : std::optional(args.company);
  TRY_ASSIGN(const auto now, control.usage.now(asked.tenant.id, *asked.resource, company, today(services)));
  return answer_report(asked, args.company, question(asked, now.limit, args.current.value_or(now.current), args.count));
}

Result<LimitTaken> take_some(const Asked& asked, const std::string& company, std::int64_t wanted, ControlPlane& control,
                             Services& services) {
  return control.usage.take({.tenant = asked.tenant.id,
                             .resource = *asked.resource,
                             .company = company,
                             .day = today(services),
                             .id = uuid_from_random(random_bytes<16>(services.entropy())),
                             .wanted = wanted});
}

/// What the control database has decided counts; the words are those of the terms that were read before.
Result<Report> take_of_limit(const LimitArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto asked, asked_for(args, control));
  if (asked.resource->kind == ResourceKind::measured)
    return fail(make_error(ErrorCode::usage, fmt::format("{} is measured, and can't be taken", asked.resource->name))
                    .with_hint(fmt::format("run \"tenantctl limits check {} {}\"", args.tenant, asked.resource->name)));
  LimitTaken taken;
  if (asked.tenant.status == TenantStatus::suspended) {
    TRY_ASSIGN(const auto now, control.usage.now(asked.tenant.id, *asked.resource, args.company, today(services)));
    taken = {.current = now.current, .limit = now.limit};
  } else {
    TRY_ASSIGN(taken, take_some(asked, args.company, args.count, control, services));
  }
  // Of what was granted nothing more is wanted.
  const auto asked_about = question(asked, taken.limit, taken.current, taken.granted ? 0 : args.count);
  auto answer = answer_to(asked_about);
  answer.can_create = taken.granted;
  auto report = answer_report(asked, args.company, asked_about, answer);
  report.document["taken"] = taken.granted ? args.count : 0;
  return report;
}

Result<Report> give_back(const LimitArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto asked, asked_for(args, control));
  if (asked.resource->kind != ResourceKind::count)
    return fail(make_error(ErrorCode::usage, fmt::format("{} can't be given back", asked.resource->name))
                    .with_hint("only what is counted can be: companies and users_per_company"));
  TRY_ASSIGN(const auto taken, take_some(asked, args.company, -args.count, control, services));
  auto answered = question(asked, taken.limit, taken.current, 0);
  answered.is_suspended = false;  // nothing more is wanted
  auto report = answer_report(asked, args.company, answered);
  report.exit_status = 0;  // still too many, and yet it is done
  return report;
}

struct OverrideArgs {
  std::string tenant;
  std::string what;
  std::string until;
  std::string reason;
  bool clear = false;
};

struct WantedOverride {
  const Resource* resource = nullptr;
  std::optional<LimitOverride> limit;
};

Result<WantedOverride> read_override(const OverrideArgs& args, Instant now) {
  const auto sign = args.what.find('=');
  TRY_ASSIGN(const auto* resource, find_resource(std::string_view(args.what).substr(0, sign)));
  if (args.clear != (sign == std::string::npos))
    return fail(
        make_error(ErrorCode::usage, args.clear ? "--clear takes no number" : fmt::format("\"{}\" names no number", printable(args.what)))
            .with_hint(fmt::format("pass {0}=5, {0}=unlimited, or {0} --clear", resource->name)));
  if (args.clear && !args.until.empty())
    return fail(make_error(ErrorCode::usage, "--clear ends it at once").with_hint("leave --until out"));
  if (args.clear) return WantedOverride{.resource = resource, .limit = {}};
  TRY_ASSIGN(const auto amount, parse_limit(std::string_view(args.what).substr(sign + 1)));
  LimitOverride limit{.amount = amount, .reason = args.reason};
  if (!args.until.empty()) {
    TRY_ASSIGN(limit.until, parse_moment(args.until, now, Span::after_now));
    if (*limit.until <= now)
      return fail(
          make_error(ErrorCode::bad_value, fmt::format("\"{}\" is over already", args.until)).with_hint("name a later day with --until"));
  }
  return WantedOverride{.resource = resource, .limit = std::move(limit)};
}

Result<Report> override_limit(const OverrideArgs& args, Services& services) {
  TRY(check_reason(args.reason));
  TRY_ASSIGN(const auto wanted, read_override(args, services.clock().now()));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY(check_in_use(tenant, ""));
  nlohmann::json details{{"resource", wanted.resource->name}};
  if (wanted.limit) details["limit"] = limit_text(wanted.limit->amount);
  if (wanted.limit && wanted.limit->until) details["until"] = to_rfc3339(*wanted.limit->until);
  if (!args.reason.empty()) details["reason"] = args.reason;
  const auto entry = audit_entry(services.actor(), "limits_override.succeeded", tenant, std::move(details));
  TRY(control.terms.override_limit(tenant.id, *wanted.resource, wanted.limit, entry));
  return limit_override_report(tenant.slug.str(), *wanted.resource, wanted.limit);
}

void add_question(CLI::App& sub, LimitArgs& args) {
  add_tenant(sub, args.tenant);
  sub.add_option("resource", args.resource, "what there is to be more of: company, user, transaction, api_call, storage")
      ->required()
      ->type_name("RESOURCE");
  sub.add_option("--company", args.company, "of users: in which company; without it, of the one that has most, or of the only one")
      ->type_name("ID");
  sub.add_option("--count", args.count, "how many more")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}))
      ->capture_default_str();
}

}  // namespace

void add_limits(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("limits", "tells whether a tenant may have more of something, and reserves it");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl limits take acme company");

  auto [check_sub, check_args] = add_command<LimitArgs>(*group, "check", "says whether it may have one more; status 8 if not",
                                                        "tenantctl limits check acme user --company main", chosen, check_limit);
  add_question(*check_sub, *check_args);
  check_sub->add_option("--current", check_args->current, "how many there are, where the caller knows better than what was recorded")
      ->check(CLI::Range(std::int64_t{0}, k_highest_amount))
      ->type_name("N");
  auto [take_sub, take_args] =
      add_command<LimitArgs>(*group, "take", "reserves one, or ends with status 8: of two who want the last, one gets it",
                             "tenantctl limits take acme company", chosen, take_of_limit);
  add_question(*take_sub, *take_args);
  auto [release_sub, release_args] = add_command<LimitArgs>(*group, "release", "gives back what was taken and is no more",
                                                            "tenantctl limits release acme company", chosen, give_back);
  add_question(*release_sub, *release_args);

  auto [override_sub, override_args] = add_command<OverrideArgs>(
      *group, "override", "gives one tenant another limit than its plan's, for good or for a time",
      "tenantctl limits override acme companies=5 --until 2027-01-01 --reason \"as agreed with sales\"", chosen, override_limit);
  add_tenant(*override_sub, override_args->tenant);
  override_sub->add_option("what", override_args->what, "RESOURCE=N, RESOURCE=unlimited, or RESOURCE with --clear")
      ->required()
      ->type_name("LIMIT");
  override_sub->add_option("--until", override_args->until, "when the plan's own counts again: a day, an instant, or a span such as 30d")
      ->type_name("TIME");
  override_sub->add_option("--reason", override_args->reason, "why, for who asks later")->type_name("TEXT");
  override_sub->add_flag("--clear", override_args->clear, "the plan's own limit counts again, at once");
}

}  // namespace tenantctl
