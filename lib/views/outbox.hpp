// Reports about deliveries, webhooks and mails.
#pragma once
#include <string>
#include <vector>

#include "core/mail.hpp"
#include "core/outbox.hpp"
#include "views/report.hpp"

namespace tenantctl {

Report deliveries_report(const std::vector<Delivery>& deliveries);

/// What is told to whom, and how that goes: of what is configured, and of what only the outbox still knows.
struct ReceiverLine {
  std::string target;
  std::string where;  // a URL, as far as it may be shown
  std::vector<std::string> events;
  bool configured = true;
  DeliveryCounts counts;
};
Report receivers_report(const std::vector<ReceiverLine>& lines);

enum class MailPart : std::uint8_t { text, html };
Report mail_report(const Mail& mail, MailPart part);

}  // namespace tenantctl
