#include "views/expiry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "views/instants.hpp"

namespace tenantctl {

std::string result_of_expiry(const ExpiryLine& line, bool only_planned) {
  if (line.is_held) return "left to another operation";
  if (line.failure) return "failed: " + full_message(*line.failure);
  if (line.is_half_made) return only_planned ? "its unfinished create would be undone" : "its unfinished create was undone";
  return only_planned ? "would be deleted" : "deleted";
}

Report expired_report(const std::vector<ExpiryLine>& lines, bool only_planned) {
  std::string text;
  auto documents = nlohmann::json::array();
  for (const auto& line : lines) {
    text += fmt::format("{}: {}\n", line.slug, result_of_expiry(line, only_planned));
    documents.push_back({{"tenant", line.slug},
                         {"action", line.is_half_made ? "rollback" : "delete"},
                         {"expires_at", to_rfc3339(line.expires_at)},
                         {"done", !only_planned && !line.failure && !line.is_held},
                         {"held", line.is_held},
                         {"error", error_document(line.failure)}});
  }
  const bool failed = std::ranges::any_of(lines, [](const ExpiryLine& line) { return line.failure.has_value(); });
  return {
      .text = std::move(text), .document = {{"expired", std::move(documents)}, {"dry_run", only_planned}}, .exit_status = failed ? 1 : 0};
}

Report ttl_report(const std::string& slug, const std::optional<Instant>& at) {
  return {.text = at ? fmt::format("{} expires at {}: the next \"expire\" after that deletes it, without a backup\n", slug, to_rfc3339(*at))
                     : fmt::format("{} does not expire\n", slug),
          .document = {{"tenant", slug}, {"expires_at", instant_or_null(at)}}};
}

}  // namespace tenantctl
