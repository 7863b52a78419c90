// Reports about trials.
#pragma once
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/trial.hpp"
#include "views/report.hpp"

namespace tenantctl {

/// What became of one tenant.
struct TrialLine {
  std::string slug;
  TrialAction action = TrialAction::remind;
  std::optional<Error> failure = {};
  bool is_held = false;  // by another operation, which may be at just this
};

/// What became of it, in words.
std::string result_of_trial(const TrialLine& line, bool only_planned);

/// Nothing done, nothing said: cron mails what is. Status 1 where one of them failed.
Report trials_expired_report(const std::vector<TrialLine>& lines, bool only_planned);

Report trial_list_report(const std::vector<Tenant>& tenants, Instant now);

Report trial_extended_report(const std::string& slug, Instant end);

Report payment_method_report(const std::string& slug, const std::string& reference);

}  // namespace tenantctl
