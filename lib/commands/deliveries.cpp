#include "commands/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/failpoint.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr auto k_patience_at_the_end = 5s;
constexpr int k_gone = 410;  // of a webhook that wants no more

/// The file in the operator's own folder, or else the built-in text.
Result<std::string> template_text(const std::filesystem::path& file, std::string builtin, Services& services) {
  auto text = services.read_file(file);
  if (!text && text.error().code == ErrorCode::file_not_found) return builtin;
  return text;
}

DeliveryEnd end_of_mail(const Delivery& delivery, const Mail& mail, const Result<void>& sent) {
  if (sent) return {.state = DeliveryState::sent, .answer = "taken for " + mail.to, .reached = mail.to};
  if (sent.error().code != ErrorCode::mail_bounced) return failed_try(delivery.tries, full_message(sent.error()));
  return {.state = DeliveryState::dead, .answer = full_message(sent.error()), .bounced = mail.to};
}

DeliveryEnd deliver_by_mail(const Delivery& delivery, const MailSettings& settings, Services& services) {
  const auto mail = mail_for(delivery, settings, services);
  if (!mail) return failed_try(delivery.tries, full_message(mail.error()));
  auto mailer = services.mailer();
  if (!mailer) return failed_try(delivery.tries, full_message(mailer.error()));
  return end_of_mail(delivery, *mail, (*mailer)->send(*mail));
}

DeliveryEnd deliver_to_webhook(const Delivery& delivery, const WebhookSettings& webhook, Services& services) {
  const auto call = signed_call(delivery, webhook, services);
  if (!call) return failed_try(delivery.tries, full_message(call.error()));
  const auto answer = services.webhooks().post(*call);
  if (!answer) return failed_try(delivery.tries, full_message(answer.error()));
  const auto text = fmt::format("HTTP {}", answer->status);
  if (answer->status >= 200 && answer->status < 300) return {.state = DeliveryState::sent, .answer = text};
  if (answer->status == k_gone) return {.state = DeliveryState::dead, .answer = text};
  return failed_try(delivery.tries, text, answer->retry_after);
}

DeliveryEnd deliver_one(const Delivery& delivery, const Settings& settings, Services& services) {
  if (delivery.target == k_mail_target) return deliver_by_mail(delivery, *settings.mail, services);
  return deliver_to_webhook(delivery, **find_webhook(settings, delivery.target), services);
}

Result<std::vector<std::string>> targets_wanted(const std::string& target, const Settings& settings) {
  auto all = subscriptions_of(settings).targets();
  if (target.empty()) return all;
  if (target != k_mail_target || !settings.mail) TRY(find_webhook(settings, target));
  return std::vector<std::string>{target};
}

}  // namespace

Result<const WebhookSettings*> find_webhook(const Settings& settings, const std::string& name) {
  const auto found = std::ranges::find(settings.webhooks, name, &WebhookSettings::name);
  if (found != settings.webhooks.end()) return &*found;
  std::vector<std::string> known;
  for (const auto& webhook : settings.webhooks) known.push_back(webhook.name);
  const auto near = nearest_name(name, known);
  return fail(make_error(ErrorCode::webhook_not_found, fmt::format("{} has no webhook \"{}\"", settings.file.string(), name))
                  .with_hint(near.empty() ? std::string("run \"tenantctl webhooks list\"") : fmt::format("did you mean \"{}\"?", near)));
}

Result<WebhookCall> signed_call(const Delivery& delivery, const WebhookSettings& webhook, Services& services) {
  TRY_ASSIGN(const auto configured, services.secret(webhook.secret));
  TRY_ASSIGN(const auto key, signing_key(webhook.name, configured));
  return webhook_call(delivery, webhook, key, services.clock().now());
}

Result<Mail> mail_for(const Delivery& delivery, const MailSettings& settings, Services& services) {
  TRY_ASSIGN(auto form, builtin_mail(delivery.type));
  if (!settings.templates.empty()) {
    const auto file = (settings.templates / delivery.type).string();
    // Who has a text of their own has no need of our HTML.
    TRY_ASSIGN(auto text, template_text(file + ".txt", "", services));
    TRY_ASSIGN(auto html, template_text(file + ".html", text.empty() ? form.html : "", services));
    form = {
        .name = text.empty() ? form.name : file, .text = text.empty() ? std::move(form.text) : std::move(text), .html = std::move(html)};
  }
  return compose(delivery, form, settings);
}

Result<DeliveriesDone> deliver(const DeliveryOrders& orders, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto targets, targets_wanted(orders.target, *settings));
  TRY_ASSIGN(auto control, services.control());
  DeliveriesDone done;
  const auto give_up_at = std::chrono::steady_clock::now() + orders.limit;
  const auto one = [&](const Delivery& delivery) {
    failpoint("deliver", CrashPoint::before_effect);
    auto end = deliver_one(delivery, *settings, services);
    failpoint("deliver", CrashPoint::after_effect);
    if (end.state == DeliveryState::sent) ++done.sent;
    if (end.state == DeliveryState::dead) ++done.dead;
    if (end.state == DeliveryState::waiting) done.failed[delivery.target] = end.answer;
    return end;
  };
  for (bool more = true; more && !targets.empty() && !orders.stop() && !services.interrupted();) {
    if (orders.limit > 0ms && std::chrono::steady_clock::now() >= give_up_at) break;
    TRY_ASSIGN(more, control.outbox.deliver_next(targets, orders.only_sound, one));
    std::erase_if(targets, [&](const auto& target) { return done.failed.contains(target); });
  }
  return done;
}

void deliver_news(Services& services) {
  if (!services.has_events()) return;
  auto& progress = services.progress();
  const auto later = "; it is tried again by \"tenantctl outbox flush\" and by a worker";
  const auto done = deliver({.only_sound = true, .limit = k_patience_at_the_end}, services);
  if (!done) return progress.note(fmt::format("the outbox could not be worked off: {}{}", full_message(done.error()), later));
  for (const auto& [target, why] : done->failed) progress.note(fmt::format("\"{}\" could not be told: {}{}", target, why, later));
  if (done->dead > 0) progress.note(fmt::format("{} given up: run \"tenantctl outbox list --state dead\"", done->dead));
}

}  // namespace tenantctl
