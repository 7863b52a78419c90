#include "core/certificate.hpp"

#include <algorithm>
#include <array>

namespace tenantctl {

using namespace std::chrono_literals;

std::chrono::seconds certificate_pause_after(int tries) {
  constexpr std::array<std::chrono::seconds, 6> k_pauses{1min, 10min, 40min, 2h, 6h, 24h};
  return k_pauses[std::clamp<std::size_t>(static_cast<std::size_t>(std::max(tries, 1)), 1, k_pauses.size()) - 1];
}

Instant expected_at(const std::vector<Instant>& got, int weekly, std::size_t before, Instant now) {
  constexpr auto k_week = std::chrono::days{7};
  const auto limit = static_cast<std::size_t>(weekly);
  // What is got takes its place in the same window: place n is free a week after place n - weekly was taken.
  std::vector<Instant> taken(got.end() - static_cast<std::ptrdiff_t>(std::min(got.size(), limit)), got.end());
  for (std::size_t i = 0; i <= before; ++i) {
    const bool full = taken.size() >= limit;
    taken.push_back(full ? std::max(now, taken[taken.size() - limit] + k_week) : now);
  }
  return taken.back();
}

}  // namespace tenantctl
