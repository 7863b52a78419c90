// Findings that an operator lives with for a while: a file that says which, why, and until when. It hides nothing that it does not
// name.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/isolation.hpp"

namespace tenantctl {

struct AcceptedFinding {
  std::string probe;
  std::string tenant = {};  // its slug; empty: any
  std::string object = {};  // as a finding names it; empty: any
  std::string detail = {};  // the same
  Verdict verdict = Verdict::inconclusive;
  std::string reason;
  Instant until{};  // of a day: its end, in UTC
};

/// Errors: bad_value, with file and line.
Result<std::vector<AcceptedFinding>> parse_baseline(const std::filesystem::path& file, std::string_view text);

/// Makes breaches and inconclusive findings accepted ones, where an entry names them that still counts at `now`. Returns what is to be
/// said of entries: those that have run out, and those that name nothing that was found.
std::vector<std::string> apply_baseline(const std::vector<AcceptedFinding>& baseline, Instant now, std::vector<TenantIsolation>& tenants);

}  // namespace tenantctl
