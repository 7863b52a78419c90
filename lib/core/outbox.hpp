// The outbox as values: what is to be delivered to whom, and how that went.
#pragma once
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/instant.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// Receivers that are told of events by mail, in the outbox's column "target".
inline constexpr std::string_view k_mail_target = "mail";

enum class DeliveryState : std::uint8_t { waiting, sent, dead };

std::string_view to_string(DeliveryState state);
/// Errors: bad_value.
Result<DeliveryState> parse_delivery_state(std::string_view text);

/// One event for one who is told of it.
struct Delivery {
  std::int64_t id = 0;
  std::string event;  // a UUID; the same at every try, so that receivers know a repeat
  std::string type;
  std::string target;
  std::string slug = {};  // empty where it is about no tenant
  nlohmann::json data = nlohmann::json::object();
  Instant happened_at = {};
  DeliveryState state = DeliveryState::waiting;
  int tries = 0;  // that failed, or the one that succeeded besides
  Instant due_at = {};
  std::optional<Instant> ended_at = {};
  std::string answer = {};  // what the last try came to
};

/// How one try ended.
struct DeliveryEnd {
  DeliveryState state = DeliveryState::sent;  // waiting: to be tried again
  std::string answer = {};
  std::chrono::seconds pause{0};  // with waiting: until the next try
  std::string bounced = {};       // an address that does not exist, as its server says
  std::string reached = {};       // one that took a mail
  bool is_down = false;           // with waiting: its receiver would take nothing else now either
};

/// How much there is for one target.
struct DeliveryCounts {
  std::string target;
  std::int64_t waiting = 0;
  std::int64_t struggling = 0;  // of those waiting, tried before
  std::int64_t overdue = 0;     // of those waiting, due for ten minutes
  std::int64_t sent = 0;
  std::int64_t dead = 0;
  std::optional<Instant> last_sent = {};
  std::string last_failure = {};  // of what still waits or is dead
};

/// Until the next try after `tries` that failed; nothing: it is given up. Some three days in all, so that a weekend is borne with.
std::optional<std::chrono::seconds> pause_after(int tries);

/// After a try that failed: to be tried again, or given up. A receiver may ask for a longer pause, of at most a day.
DeliveryEnd failed_try(int tries_before, std::string answer, std::chrono::seconds asked_for = {});

}  // namespace tenantctl
