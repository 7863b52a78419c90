#include "core/isolation.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "core/enum_names.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, k_borders> k_border_names{"databases", "schemas", "roles", "server", "http", "keys", "files"};
constexpr std::array<std::string_view, 4> k_severities{"low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 4> k_verdicts{"breach", "inconclusive", "accepted", "visible"};

}  // namespace

std::string_view to_string(Border border) { return k_border_names.at(static_cast<std::size_t>(border)); }
Result<Border> parse_border(std::string_view text) { return parse_enum<Border>(k_border_names, "a border", text); }

std::string_view to_string(Severity severity) { return k_severities.at(static_cast<std::size_t>(severity)); }
Result<Severity> parse_severity(std::string_view text) { return parse_enum<Severity>(k_severities, "a severity", text); }

std::string_view to_string(Verdict verdict) { return k_verdicts.at(static_cast<std::size_t>(verdict)); }

void TenantIsolation::add(TenantIsolation&& more) {
  for (const auto& [probe, count] : more.tries) tries[probe] += count;
  std::ranges::move(more.findings, std::back_inserter(findings));
  took += more.took;
}

std::size_t TenantIsolation::all_tries() const {
  std::size_t sum = 0;
  for (const auto& [probe, count] : tries) sum += count;
  return sum;
}

std::size_t TenantIsolation::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(findings, verdict, &Finding::verdict));
}

}  // namespace tenantctl
