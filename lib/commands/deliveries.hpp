// Works the outbox off: hands each delivery that is due to the mail server or its webhook, and writes down how that went.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "commands/services.hpp"

namespace tenantctl {

struct DeliveryOrders {
  std::string target = {};                            // empty: all that are configured
  bool only_sound = false;                            // none whose last try failed: somebody waits for this command's end
  std::chrono::milliseconds limit{0};                 // begin none after that; 0: any time
  std::function<bool()> stop = [] { return false; };  // asked before each: begin no more
};

struct DeliveriesDone {
  std::size_t sent = 0;
  std::size_t dead = 0;                            // given up
  std::map<std::string, std::string> failed = {};  // by target: why one is to be tried again; no more were begun for it
};

/// Errors: webhook_not_found, where the target is not configured; config_invalid; what the outbox says.
Result<DeliveriesDone> deliver(const DeliveryOrders& orders, Services& services);

/// At a command's end: tells what it has brought about, as far as that is quickly done, and notes what is left for later.
void deliver_news(Services& services);

/// Errors: webhook_not_found.
Result<const WebhookSettings*> find_webhook(const Settings& settings, const std::string& name);

/// The request that tells a webhook of it, signed. Errors: secret_unavailable.
Result<WebhookCall> signed_call(const Delivery& delivery, const WebhookSettings& webhook, Services& services);

/// The mail that goes out for it: by the operator's own template, where there is one. Errors: template_invalid, bad_value.
Result<Mail> mail_for(const Delivery& delivery, const MailSettings& settings, Services& services);

}  // namespace tenantctl
