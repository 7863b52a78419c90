// `mail preview|test`: what tenants' administrators are written, and whether it goes out.
#include <fmt/format.h>

#include "commands/deliveries.hpp"
#include "commands/registry.hpp"
#include "core/tenant_event.hpp"
#include "core/trial.hpp"
#include "views/outbox.hpp"

namespace tenantctl {
namespace {

Result<const MailSettings*> mail_settings(Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY(check_target(std::string(k_mail_target), *settings));
  return &*settings->mail;
}

struct PreviewArgs {
  std::string event;
  std::string tenant;
  std::string reason;
  bool html = false;
};

Result<Report> preview_mail(const PreviewArgs& args, Services& services) {
  if (const auto form = builtin_mail(args.event); !form)
    return fail(make_error(ErrorCode::bad_value, form.error().message).with_hint(form.error().hint));
  TRY_ASSIGN(const auto* settings, mail_settings(services));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  Delivery delivery{.event = tenant.id.str(),
                    .type = args.event,
                    .target = std::string(k_mail_target),
                    .slug = tenant.slug.str(),
                    .data = event_data(tenant, args.reason.empty() ? tenant.status_reason : args.reason),
                    .happened_at = services.clock().now()};
  // Of what happens only some day.
  delivery.data["days_left"] = k_trial_reminders.front();
  if (tenant.trial_ends_at && *tenant.trial_ends_at > services.clock().now())
    delivery.data["days_left"] = std::chrono::ceil<std::chrono::days>(*tenant.trial_ends_at - services.clock().now()).count();
  if (tenant.grace_ends_at) delivery.data["grace_ends_at"] = to_rfc3339(*tenant.grace_ends_at);
  delivery.data["has_payment_method"] = !tenant.payment_reference.empty();
  TRY_ASSIGN(const auto mail, mail_for(delivery, *settings, services));
  return mail_report(mail, args.html ? MailPart::html : MailPart::text);
}

struct TestMailArgs {
  std::string to;
};

Result<Report> test_mail(const TestMailArgs& args, Services& services) {
  TRY_ASSIGN(const auto to, EmailAddress::parse(args.to));
  TRY_ASSIGN(const auto* settings, mail_settings(services));
  TRY_ASSIGN(auto* mailer, services.mailer());
  const auto id = uuid_from_random(random_bytes<16>(services.entropy()));
  const Mail mail{.from = settings->from,
                  .from_name = settings->from_name,
                  .reply_to = settings->reply_to,
                  .to = to.str(),
                  .subject = "tenantctl can send mail",
                  .text = "This is a test: tenantctl can send mail by " + settings->smtp + "\n",
                  .html = {},
                  .message_id = message_id(id, *settings),
                  .date = services.clock().now()};
  TRY(mailer->send(mail));
  return Report{.text = fmt::format("{} took a mail for {}\n", settings->smtp, to.str()),
                .document = {{"to", to.str()}, {"message_id", mail.message_id}}};
}

}  // namespace

void add_mail(CLI::App& app, Command& chosen) {
  auto* family = app.add_subcommand("mail", "what tenants' administrators are written");
  family->require_subcommand(1);
  family->fallthrough();
  {
    auto [sub, args] = add_command<PreviewArgs>(*family, "preview", "shows a mail as it would go out, and sends nothing",
                                                "tenantctl mail preview tenant.created acme", chosen, preview_mail);
    sub->add_option("event", args->event, fmt::format("{}", fmt::join(mailed_events(), ", ")))->required()->type_name("EVENT");
    add_tenant(*sub, args->tenant);
    sub->add_option("--reason", args->reason, "why it is suspended, instead of what was said then")->type_name("TEXT");
    sub->add_flag("--html", args->html, "the HTML instead of the text");
  }
  {
    auto [sub, args] = add_command<TestMailArgs>(*family, "test", "sends a mail that says that mail can be sent",
                                                 "tenantctl mail test you@yourapp.test", chosen, test_mail);
    sub->add_option("to", args->to, "whom to")->required()->type_name("ADDRESS");
  }
}

}  // namespace tenantctl
