#include "core/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::chrono::seconds, 11> k_pauses{10s, 1min, 5min, 15min, 1h, 3h, 6h, 10h, 14h, 20h, 24h};

}  // namespace

std::string_view to_string(DeliveryState state) {
  switch (state) {
    case DeliveryState::waiting: return "waiting";
    case DeliveryState::sent: return "sent";
    case DeliveryState::dead: return "dead";
  }
  return "";
}

Result<DeliveryState> parse_delivery_state(std::string_view text) {
  for (const auto state : {DeliveryState::waiting, DeliveryState::sent, DeliveryState::dead}) {
    if (text == to_string(state)) return state;
  }
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no state of a delivery", printable(text)))
                  .with_hint("use waiting, sent or dead"));
}

std::optional<std::chrono::seconds> pause_after(int tries) {
  if (tries < 1 || tries > static_cast<int>(k_pauses.size())) return std::nullopt;
  return k_pauses[static_cast<std::size_t>(tries) - 1];
}

DeliveryEnd failed_try(int tries_before, std::string answer, std::chrono::seconds asked_for) {
  const auto pause = pause_after(tries_before + 1);
  if (!pause) return {.state = DeliveryState::dead, .answer = std::move(answer)};
  return {.state = DeliveryState::waiting,
          .answer = std::move(answer),
          .pause = std::max(*pause, std::min(asked_for, std::chrono::seconds(24h)))};
}

}  // namespace tenantctl
