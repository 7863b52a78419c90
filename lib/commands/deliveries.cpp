#include "commands/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/interrupt.hpp"
#include "core/utf8.hpp"
#include "pipeline/failpoint.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr auto k_patience_at_the_end = 5s;
constexpr int k_gone = 410;  // of a webhook that wants no more
constexpr int k_too_many = 429;

/// The part in the operator's own folder; nothing where it has none.
Result<std::optional<MailTemplate::Part>> own_part(const std::string& file, Services& services) {
  auto text = services.read_file(file);
  if (!text && text.error().code == ErrorCode::file_not_found) return std::optional<MailTemplate::Part>();
  if (!text) return fail(text.error());
  std::erase(*text, '\r');
  return std::optional(MailTemplate::Part{file, std::move(*text)});
}

/// Whether a receiver that fails so would take nothing else now either.
bool is_down(const Error& error) {
  return is_unreachable(error.code) || error.code == ErrorCode::mail_login_refused || error.code == ErrorCode::webhook_refused ||
         error.code == ErrorCode::secret_unavailable;
}

/// Nothing where the command is to stop: that is no failure of the receiver's.
std::optional<DeliveryEnd> after_failure(const Delivery& delivery, const Error& error) {
  if (is_interrupt(error.code)) return std::nullopt;
  auto end = failed_try(delivery.tries, full_message(error));
  end.is_down = is_down(error);
  return end;
}

std::optional<DeliveryEnd> deliver_by_mail(const Delivery& delivery, const MailSettings& settings, Services& services) {
  const auto mail = mail_for(delivery, settings, services);
  if (!mail) return after_failure(delivery, mail.error());
  auto mailer = services.mailer();
  if (!mailer) return after_failure(delivery, mailer.error());
  const auto sent = (*mailer)->send(*mail);
  if (sent) return DeliveryEnd{.state = DeliveryState::sent, .answer = "taken for " + mail->to, .reached = mail->to};
  if (sent.error().code != ErrorCode::mail_bounced) return after_failure(delivery, sent.error());
  return DeliveryEnd{.state = DeliveryState::dead, .answer = full_message(sent.error()), .bounced = mail->to};
}

std::optional<DeliveryEnd> deliver_to_webhook(const Delivery& delivery, const WebhookSettings& webhook, Services& services) {
  const auto call = signed_call(delivery, webhook, services);
  if (!call) return after_failure(delivery, call.error());
  const auto answer = services.webhooks().post(*call);
  if (!answer) return after_failure(delivery, answer.error());
  const auto text = fmt::format("HTTP {}", answer->status);
  if (answer->took_it()) return DeliveryEnd{.state = DeliveryState::sent, .answer = text};
  if (answer->status == k_gone) return DeliveryEnd{.state = DeliveryState::dead, .answer = text};
  auto end = failed_try(delivery.tries, text, answer->retry_after);
  end.is_down = answer->status >= 500 || answer->status == k_too_many;
  return end;
}

std::optional<DeliveryEnd> deliver_one(const Delivery& delivery, const Settings& settings, Services& services) {
  try {
    if (delivery.target == k_mail_target) return deliver_by_mail(delivery, *settings.mail, services);
    return deliver_to_webhook(delivery, **find_webhook(settings, delivery.target), services);
  } catch (const std::exception& e) { return after_failure(delivery, bug(e)); }  // one event must not keep all others from being told
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
  if (settings.templates.empty()) return compose(delivery, form, settings);
  TRY(services.files_in(settings.templates));  // a folder that is misspelled is not one without templates
  const auto file = (settings.templates / delivery.type).string();
  TRY_ASSIGN(auto text, own_part(file + ".txt", services));
  TRY_ASSIGN(auto html, own_part(file + ".html", services));
  // Who has a text of their own, and no HTML, wants none of ours.
  if (text) form = {.text = std::move(*text), .html = {}};
  if (html) form.html = std::move(*html);
  return compose(delivery, form, settings);
}

Result<void> check_target(const std::string& target, const Settings& settings) {
  if (target != k_mail_target) {
    TRY(find_webhook(settings, target));
  } else if (!settings.mail) {
    return fail(make_error(ErrorCode::config_invalid, fmt::format("{} names no mail server", settings.file.string()))
                    .with_hint("put mail: back, or run \"tenantctl outbox drop --state waiting --target mail\""));
  }
  return {};
}

Result<DeliveriesDone> deliver(const DeliveryOrders& orders, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  if (!orders.target.empty()) TRY(check_target(orders.target, *settings));
  auto targets = orders.target.empty() ? subscriptions_of(*settings).targets() : std::vector<std::string>{orders.target};
  TRY_ASSIGN(auto control, services.control());
  DeliveriesDone done;
  const auto give_up_at = std::chrono::steady_clock::now() + orders.limit;
  const auto one = [&](const Delivery& delivery) {
    failpoint("deliver", CrashPoint::before_effect);
    auto end = deliver_one(delivery, *settings, services);
    failpoint("deliver", CrashPoint::after_effect);
    if (!end) return end;
    if (end->state == DeliveryState::sent) ++done.sent;
    if (end->state == DeliveryState::dead) ++done.dead;
    if (end->state == DeliveryState::waiting) done.failed[delivery.target] = end->answer;
    if (end->is_down) done.down.insert(delivery.target);
    return end;
  };
  for (bool more = true; more && !targets.empty() && !orders.stop() && !services.interrupted();) {
    if (orders.limit > 0ms && std::chrono::steady_clock::now() >= give_up_at) break;
    TRY_ASSIGN(more, control.outbox.deliver_next(targets, orders.receivers, one));
    std::erase_if(targets, [&](const auto& target) { return done.down.contains(target); });
  }
  return done;
}

Result<DeliveryFilter> checked_filter(DeliveryFilter filter) {
  if (filter.event.starts_with("evt_")) filter.event.erase(0, 4);
  const bool is_id = filter.event.size() == 36 && filter.event.find_first_not_of("0123456789abcdef-") == std::string::npos;
  if (filter.event.empty() || is_id) return filter;
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no event's id", printable(filter.event)))
                  .with_hint("take it from \"tenantctl outbox list\", or from the header webhook-id"));
}

Report deliveries_done_report(const DeliveriesDone& done, nlohmann::json more) {
  std::string text;
  if (done.sent + done.dead > 0) text = fmt::format("{} sent, {} given up\n", done.sent, done.dead);
  for (const auto& [target, why] : done.failed)
    text += fmt::format("\"{}\" could not be told, and is tried again later: {}\n", target, why);
  more.update({{"sent", done.sent}, {"given_up", done.dead}, {"failed", done.failed}});
  const bool all_down = std::ranges::all_of(done.failed, [&](const auto& one) { return done.down.contains(one.first); });
  const int status = done.dead > 0 || !all_down ? info(ErrorCode::webhook_failed).exit_status
                     : done.failed.empty()      ? 0
                                                : info(ErrorCode::webhook_unreachable).exit_status;
  return {.text = std::move(text), .document = std::move(more), .exit_status = status};
}

void deliver_news(Services& services) {
  if (!services.has_events()) return;
  auto& progress = services.progress();
  const auto later = "; it is tried again by \"tenantctl outbox flush\" and by a worker";
  const auto done = deliver({.receivers = Receivers::sound, .limit = k_patience_at_the_end}, services);
  if (!done) return progress.note(fmt::format("the outbox could not be worked off: {}{}", full_message(done.error()), later));
  for (const auto& [target, why] : done->failed) progress.note(fmt::format("\"{}\" could not be told: {}{}", target, why, later));
  if (done->dead > 0) progress.note(fmt::format("{} given up: run \"tenantctl outbox list --state dead\"", done->dead));
}

}  // namespace tenantctl
