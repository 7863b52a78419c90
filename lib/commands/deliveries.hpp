// Works the outbox off: hands each delivery that is due to the mail server or its webhook, and writes down how that went.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "commands/services.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct DeliveryOrders {
  std::string target = {};                            // empty: all that are configured
  Receivers receivers = Receivers::all;               // sound: somebody waits for this command's end
  std::chrono::milliseconds limit{0};                 // begin none after that; 0: any time
  std::function<bool()> stop = [] { return false; };  // asked before each: begin no more
};

struct DeliveriesDone {
  std::size_t sent = 0;
  std::size_t dead = 0;                            // given up
  std::map<std::string, std::string> failed = {};  // by target: why the last one is to be tried again
  std::set<std::string> down = {};                 // of those, the ones that would take nothing now: no more was begun for them
};

/// Errors: webhook_not_found or config_invalid, where the target is not configured; what the outbox says.
Result<void> check_target(const std::string& target, const Settings& settings);

/// Errors: as check_target, of a target that is named; what the outbox says.
Result<DeliveriesDone> deliver(const DeliveryOrders& orders, Services& services);

/// With the event's id as receivers know it ("evt_…") or as the outbox does. Errors: bad_value, of what is neither.
Result<DeliveryFilter> checked_filter(DeliveryFilter filter);

/// For people and programs, `more` included. Its status is 9 where receivers are down and all else went well, 1 where anything else went
/// wrong. Nothing to tell, nothing said: cron mails what is.
Report deliveries_done_report(const DeliveriesDone& done, nlohmann::json more);

/// At a command's end: tells what it has brought about, as far as that is quickly done, and notes what is left for later.
void deliver_news(Services& services);

/// Errors: webhook_not_found.
Result<const WebhookSettings*> find_webhook(const Settings& settings, const std::string& name);

/// The request that tells a webhook of it, signed. Errors: secret_unavailable.
Result<WebhookCall> signed_call(const Delivery& delivery, const WebhookSettings& webhook, Services& services);

/// The mail that goes out for it: by the operator's own template, where there is one. Errors: template_invalid, bad_value.
Result<Mail> mail_for(const Delivery& delivery, const MailSettings& settings, Services& services);

}  // namespace tenantctl
