#include "views/outbox.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/instants.hpp"

namespace tenantctl {
namespace {

nlohmann::json delivery_document(const Delivery& delivery) {
  return {{"event", delivery.event},
          {"type", delivery.type},
          {"target", delivery.target},
          {"slug", delivery.slug.empty() ? nlohmann::json() : nlohmann::json(delivery.slug)},
          {"happened_at", to_rfc3339(delivery.happened_at)},
          {"state", to_string(delivery.state)},
          {"tries", delivery.tries},
          {"next_try_at", delivery.state == DeliveryState::waiting ? nlohmann::json(to_rfc3339(delivery.due_at)) : nlohmann::json()},
          {"ended_at", instant_or_null(delivery.ended_at)},
          {"answer", delivery.answer},
          {"data", delivery.data}};
}

nlohmann::json receiver_document(const ReceiverLine& line) {
  return {{"target", line.target},
          {"where", line.where},
          {"events", line.events},
          {"configured", line.configured},
          {"waiting", line.counts.waiting},
          {"sent", line.counts.sent},
          {"dead", line.counts.dead},
          {"last_sent_at", instant_or_null(line.counts.last_sent)},
          {"last_failure", line.counts.last_failure}};
}

}  // namespace

Report deliveries_report(const std::vector<Delivery>& deliveries) {
  TextTable table({"TIME", "EVENT", "TENANT", "TARGET", "STATE", "TRIES", "NEXT TRY", "ID", "ANSWER"});
  auto list = nlohmann::json::array();
  for (const auto& delivery : deliveries) {
    const bool waits = delivery.state == DeliveryState::waiting;
    table.add({to_rfc3339(delivery.happened_at), delivery.type, delivery.slug, delivery.target, std::string(to_string(delivery.state)),
               std::to_string(delivery.tries), waits ? to_rfc3339(delivery.due_at) : "", delivery.event, delivery.answer});
    list.push_back(delivery_document(delivery));
  }
  return {.text = deliveries.empty() ? "nothing\n" : table.str(), .document = {{"deliveries", list}}};
}

Report receivers_report(const std::vector<ReceiverLine>& lines) {
  TextTable table({"TARGET", "WHERE", "EVENTS", "WAITING", "SENT", "DEAD", "LAST SENT", "LAST FAILURE"});
  auto list = nlohmann::json::array();
  for (const auto& line : lines) {
    const auto events = !line.configured ? std::string("no longer configured") : fmt::format("{}", fmt::join(line.events, " "));
    table.add({line.target, line.where, events, std::to_string(line.counts.waiting), std::to_string(line.counts.sent),
               std::to_string(line.counts.dead), instant_or_empty(line.counts.last_sent), line.counts.last_failure});
    list.push_back(receiver_document(line));
  }
  return {.text = lines.empty() ? "nobody is told of anything\n" : table.str(), .document = {{"receivers", list}}};
}

Report mail_report(const Mail& mail, MailPart part) {
  const auto from = mail.from_name.empty() ? mail.from : fmt::format("{} <{}>", mail.from_name, mail.from);
  return {.text = part == MailPart::html ? mail.html
                                         : fmt::format("From: {}\nTo: {}\nSubject: {}\n\n{}", from, mail.to, mail.subject, mail.text),
          .document = {{"mail", {{"from", from}, {"to", mail.to}, {"subject", mail.subject}, {"text", mail.text}, {"html", mail.html}}}}};
}

}  // namespace tenantctl
