// What is to become of trials, as values: reminders, a time of grace, and then another plan or an end.
#pragma once
#include <array>
#include <string>

#include "core/instant.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// Days before a trial's end at which tenants are reminded, the farthest first.
inline constexpr std::array k_trial_reminders{7, 3, 1};

/// The reason of suspensions that end a trial: by it they are told from an operator's.
inline constexpr std::string_view k_trial_over = "the trial is over";

/// How trials count days: of 24 hours each, or, with a time zone, the days of its calendar, each to its end.
struct TrialCalendar {
  std::string zone = {};  // "Europe/Berlin"; empty: of 24 hours
};

enum class TrialAction : std::uint8_t {
  remind,   // it ends soon
  grace,    // it is over, nobody pays: a time of grace begins
  convert,  // it is over, somebody pays: another plan begins
  suspend,  // the grace is over too
  cancel,   // and so is the time for which the data of a suspended one is kept
};
std::string_view to_string(TrialAction action);

struct TrialDue {
  std::string slug;
  TrialAction action = TrialAction::remind;
};

/// Whether that is to be done with it still, as it is now. Of remind and grace the control database decides.
bool is_still_due(const TrialDue& due, const Tenant& tenant, Instant now);

}  // namespace tenantctl
