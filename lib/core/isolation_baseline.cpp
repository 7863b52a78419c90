#include "core/isolation_baseline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/moment.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_day = "2027-01-31";

bool names(const AcceptedFinding& entry, const TenantIsolation& tenant, const Finding& finding) {
  return entry.probe == finding.probe && (entry.tenant.empty() || entry.tenant == tenant.slug.str()) &&
         (entry.object.empty() || entry.object == finding.object) && (entry.detail.empty() || entry.detail == finding.detail) &&
         entry.verdict == finding.verdict;
}

AcceptedFinding read_entry(YamlMap& map) {
  AcceptedFinding entry{.probe = map.required_text("probe"),
                        .tenant = map.text("tenant"),
                        .object = map.text("object"),
                        .detail = map.text("detail"),
                        .reason = map.required_text("reason"),
                        .until = {}};
  // What can't be shown today may be a breach tomorrow, so a breach is accepted only where the entry says which.
  const auto verdict = map.text("verdict", "inconclusive");
  if (verdict == "breach") entry.verdict = Verdict::breach;
  else if (verdict != "inconclusive") map.refuse("verdict", "is neither \"breach\" nor \"inconclusive\"");
  if (entry.verdict == Verdict::breach && entry.object.empty() && entry.detail.empty())
    map.refuse("verdict", "accepts every breach that the probe may ever find", "add the object or the detail that the report has");
  const auto until = map.required_text("until");
  const auto at = parse_instant(until);
  if (!at) map.refuse("until", at.error().message, "write a day, such as 2027-01-31");
  else entry.until = *at + (until.size() == k_day.size() ? std::chrono::days(1) : std::chrono::days(0));
  map.done();
  return entry;
}

}  // namespace

Result<std::vector<AcceptedFinding>> parse_baseline(const std::filesystem::path& file, std::string_view text) {
  YamlSource source(file, ErrorCode::bad_value);
  TRY_ASSIGN(const auto node, source.load(text));
  YamlMap top(source, node, "");
  std::vector<AcceptedFinding> entries;
  for (auto& map : top.maps("accepted")) entries.push_back(read_entry(map));
  top.done();
  TRY(source.verdict());
  return entries;
}

std::vector<std::string> apply_baseline(const std::vector<AcceptedFinding>& baseline, Instant now, std::vector<TenantIsolation>& tenants) {
  std::vector<std::string> notes;
  for (const auto& entry : baseline) {
    const bool is_over = now >= entry.until;
    std::size_t met = 0;
    for (auto& tenant : tenants) {
      for (auto& finding : tenant.findings) {
        if (!names(entry, tenant, finding)) continue;
        ++met;
        if (is_over) continue;
        finding.verdict = Verdict::accepted;
        finding.reason = entry.reason;
      }
    }
    const auto what = fmt::format("the baseline's \"{}\"{}", entry.probe, entry.tenant.empty() ? "" : " of " + entry.tenant);
    if (met == 0) notes.push_back(what + " was not found: take it out");
    else if (is_over) notes.push_back(fmt::format("{} ran out at {}", what, to_rfc3339(entry.until)));
  }
  return notes;
}

}  // namespace tenantctl
