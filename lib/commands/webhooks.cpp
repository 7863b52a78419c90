// `webhooks list|test|replay`: other systems that are told of events.
#include <fmt/format.h>

#include <algorithm>

#include "commands/deliveries.hpp"
#include "commands/registry.hpp"
#include "views/outbox.hpp"

namespace tenantctl {
namespace {

struct NoArgs {};

DeliveryCounts counts_of(const std::string& target, const std::vector<DeliveryCounts>& all) {
  const auto found = std::ranges::find(all, target, &DeliveryCounts::target);
  return found != all.end() ? *found : DeliveryCounts{.target = target};
}

Result<Report> list_webhooks(const NoArgs&, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto counts, control.outbox.counts());
  std::vector<ReceiverLine> lines;
  for (const auto& webhook : settings->webhooks)
    lines.push_back({webhook.name, shown_url(webhook.url), webhook.events, true, counts_of(webhook.name, counts)});
  if (settings->mail) {
    const std::string mail(k_mail_target);
    lines.push_back({mail, settings->mail->smtp, settings->mail->events, true, counts_of(mail, counts)});
  }
  for (const auto& one : counts) {
    if (std::ranges::find(lines, one.target, &ReceiverLine::target) == lines.end()) lines.push_back({one.target, "", {}, false, one});
  }
  return receivers_report(lines);
}

struct TestArgs {
  std::string name;
};

Result<Report> test_webhook(const TestArgs& args, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto* webhook, find_webhook(*settings, args.name));
  const Delivery test{.event = uuid_from_random(random_bytes<16>(services.entropy())),
                      .type = "webhook.test",
                      .target = webhook->name,
                      .happened_at = services.clock().now()};
  TRY_ASSIGN(const auto call, signed_call(test, *webhook, services));
  const auto began = std::chrono::steady_clock::now();
  TRY_ASSIGN(const auto answer, services.webhooks().post(call));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
  if (!answer.took_it()) {
    return fail(make_error(ErrorCode::webhook_failed, fmt::format("{} answers with HTTP {}", shown_url(webhook->url), answer.status))
                    .with_hint("it has to answer with a status of 200 to 299; a redirect is not followed"));
  }
  return Report{.text = fmt::format("{} answers with HTTP {} after {} ms\n", shown_url(webhook->url), answer.status, took),
                .document = {{"webhook", webhook->name}, {"status", answer.status}, {"duration_ms", took}, {"id", call.id}}};
}

struct ReplayArgs {
  std::string state = "dead";
  DeliveryFilter filter;
};

Result<Report> replay(const ReplayArgs& args, Services& services) {
  TRY_ASSIGN(auto filter, checked_filter(args.filter));
  TRY_ASSIGN(filter.state, parse_delivery_state(args.state));
  if (filter.state == DeliveryState::waiting)
    return fail(make_error(ErrorCode::bad_value, "what waits is delivered as it is").with_hint("run \"tenantctl outbox flush\""));
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY(check_target(filter.target, *settings));
  TRY_ASSIGN(auto control, services.control());
  if (filter.state == DeliveryState::sent && filter.event.empty())
    TRY(services.confirm(fmt::format("Tell \"{}\" again of all that it has been told in the last 30 days?", filter.target)));
  TRY_ASSIGN(const auto put_back, control.outbox.put_back(filter));
  TRY_ASSIGN(const auto done, deliver({.target = filter.target}, services));
  if (auto stopped = services.interrupted()) return fail(std::move(*stopped));
  auto report = deliveries_done_report(done, {{"put_back", put_back}});
  report.text = fmt::format("{} put back\n", put_back) + report.text;
  return report;
}

}  // namespace

void add_webhooks(CLI::App& app, Command& chosen) {
  auto* family = app.add_subcommand("webhooks", "other systems that are told of events");
  family->require_subcommand(1);
  family->fallthrough();
  add_command<NoArgs>(*family, "list", "shows who is told of what, and how that goes", "tenantctl webhooks list", chosen, list_webhooks);
  {
    auto [sub, args] = add_command<TestArgs>(*family, "test", "sends a webhook an event \"webhook.test\" and says what it answered",
                                             "tenantctl webhooks test crm", chosen, test_webhook);
    sub->add_option("name", args->name, "which one")->required()->type_name("NAME");
  }
  {
    auto [sub, args] = add_command<ReplayArgs>(*family, "replay", "tells a webhook once more, or at last, of what was given up",
                                               "tenantctl webhooks replay crm", chosen, replay);
    sub->add_option("name", args->filter.target, "which one, or \"mail\"")->required()->type_name("NAME");
    sub->add_option("--state", args->state, "dead, or sent: what it has had already")->capture_default_str();
    sub->add_option("--event", args->filter.event, "only this event")->type_name("ID");
    sub->add_option("--tenant", args->filter.slug, "only of this tenant")->type_name("SLUG");
  }
}

}  // namespace tenantctl
