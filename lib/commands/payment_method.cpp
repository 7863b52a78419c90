// `payment-method set|clear`: whether somebody pays for a tenant, by the payment provider's own name for it.
#include <fmt/format.h>

#include <algorithm>

#include "commands/registry.hpp"
#include "core/audit.hpp"
#include "core/utf8.hpp"
#include "views/trials.hpp"

namespace tenantctl {
namespace {

struct PaymentArgs {
  std::string tenant;
  std::vector<std::string> reference;  // one word; more are a card's number without quotes
};

constexpr std::size_t k_longest_reference = 200;
constexpr auto k_such_as = "pass what the payment provider calls it, such as pm_1NxAbc";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether it has a card's number of digits and their check digit, which makes it one with nine chances in ten. Source: ISO/IEC 7812-1.
bool looks_like_card(const std::string& text) {
  std::string digits;
  for (const char c : text) {
    if (is_digit(c)) digits += c;
    else if (std::string_view(" -./").find(c) == std::string_view::npos) return false;
  }
  if (digits.size() < 12 || digits.size() > 19) return false;
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

/// The refused text is not repeated: it may be what must be nowhere.
Result<void> check_reference(const std::string& reference) {
  if (looks_like_card(reference))
    return fail(
        make_error(ErrorCode::bad_value, "the reference looks like the number of a card, which is kept nowhere").with_hint(k_such_as));
  if (reference.empty() || reference.size() > k_longest_reference || printable(reference) != reference ||
      reference.find(' ') != std::string::npos)
    return fail(make_error(ErrorCode::bad_value, "the reference is empty, too long, or not one word").with_hint(k_such_as));
  return {};
}

Result<Report> change_payment(const PaymentArgs& args, const std::string& reference, const std::string& action, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  if (tenant.status == TenantStatus::deleted)
    return fail(make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is deleted", tenant.slug.str()))
                    .with_hint("run \"tenantctl list\""));
  const auto entry = audit_entry(services.actor(), action + ".succeeded", tenant, nlohmann::json::object());
  TRY(control.trials.set_payment(tenant.id, reference, entry));
  auto report = payment_method_report(tenant.slug.str(), reference);
  if (!reference.empty() && tenant.status == TenantStatus::suspended && tenant.status_reason == k_trial_over)
    report.text +=
        fmt::format("its trial was over and it is suspended: run \"tenantctl activate {}\", and the next \"trials expire\" converts it\n",
                    tenant.slug.str());
  return report;
}

Result<Report> set_payment(const PaymentArgs& args, Services& services) {
  const auto reference = fmt::format("{}", fmt::join(args.reference, " "));
  TRY(check_reference(reference));
  return change_payment(args, reference, "payment_method_set", services);
}

Result<Report> clear_payment(const PaymentArgs& args, Services& services) {
  return change_payment(args, "", "payment_method_clear", services);
}

}  // namespace

void add_payment_method(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("payment-method", "records whether somebody pays for a tenant");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl payment-method set acme pm_1NxAbc");

  auto [set_sub, set_args] =
      add_command<PaymentArgs>(*group, "set", "records the payment provider's reference: its trial is converted at its end",
                               "tenantctl payment-method set acme pm_1NxAbc", chosen, set_payment);
  add_tenant(*set_sub, set_args->tenant);
  set_sub->add_option("reference", set_args->reference, "what the provider calls it; never a card's number")
      ->required()
      ->type_name("REFERENCE");
  auto [clear_sub, clear_args] = add_command<PaymentArgs>(*group, "clear", "records that there is no way to pay any more",
                                                          "tenantctl payment-method clear acme", chosen, clear_payment);
  add_tenant(*clear_sub, clear_args->tenant);
}

}  // namespace tenantctl
