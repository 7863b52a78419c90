// Tries to cross every border between the tenants of one database server, from within: as each tenant, against all others, and by
// reading what the server has granted. What is tried is rolled back, or is refused for its form even where it is allowed.
#pragma once
#include <functional>
#include <span>

#include "isolation/inhabitant.hpp"
#include "ports/sql_doors.hpp"

namespace tenantctl {

struct SurveyOrder {
  std::string server;
  std::vector<Inhabitant> inhabitants;  // all of that server
  std::vector<std::size_t> subjects;    // which of them are looked at
  std::size_t sample = 0;               // how many others each is tried against; 0: all
  std::size_t shift = 0;                // where a sample begins: another one each time
  std::size_t jobs = 1;                 // tenants at once; each has up to five sessions
  std::function<bool()> stop = {};      // asked before each tenant
};

struct Survey {
  std::vector<TenantIsolation> tenants;  // as order.subjects, those that were looked at before a stop
  Untouched untouched;
};

/// Errors: server_unreachable, where the provisioner can't come in; template_invalid.
Result<Survey> survey_server(const SurveyOrder& order, std::span<const ProbeCard> cards, SqlDoors& doors);

}  // namespace tenantctl
