// The report of `verify-isolation`: a matrix of tenants and borders, and what was found, the worst first.
#pragma once
#include <vector>

#include "core/isolation.hpp"
#include "core/probe_card.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct IsolationResults {
  std::vector<TenantIsolation> tenants;
  std::vector<Untouched> servers;
  std::vector<ProbeCard> cards;
  std::vector<std::string> notes = {};  // accepted findings that are none any more, and the like
};

/// Exit status 0 where there is neither a breach nor anything inconclusive, that of check_failed otherwise.
Report isolation_report(const IsolationResults& results);

/// What `--list-probes` shows.
Report probe_list_report(const std::vector<ProbeCard>& cards);

}  // namespace tenantctl
