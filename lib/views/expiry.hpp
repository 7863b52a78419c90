// Reports about tenants that are made to go again.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/expiry.hpp"
#include "views/report.hpp"

namespace tenantctl {

/// What became of one tenant.
struct ExpiryLine {
  std::string slug;
  Instant expires_at{};
  bool is_half_made = false;  // its create was never finished: there is nothing to delete, and all to undo
  std::optional<Error> failure = {};
  bool is_held = false;  // by another operation, which may be at just this
};

/// What became of it, in words.
std::string result_of_expiry(const ExpiryLine& line, bool only_planned);

/// Nothing done, nothing said: cron mails what is. Status 1 where one of them failed.
Report expired_report(const std::vector<ExpiryLine>& lines, bool only_planned);

Report ttl_report(const std::string& slug, const std::optional<Instant>& at);

}  // namespace tenantctl
