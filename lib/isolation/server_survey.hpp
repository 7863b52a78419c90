// Tries to cross every border between the tenants of one database server, from within: as each tenant, against all others, and by
// reading what the server has granted. What is tried is rolled back, or is refused for its form even where it is allowed.
#pragma once
#include <span>

#include "isolation/inhabitant.hpp"
#include "isolation/ring.hpp"
#include "ports/sql_doors.hpp"

namespace tenantctl {

struct SurveyOrder {
  std::string server;
  std::vector<Inhabitant> inhabitants;  // all of that server
  std::vector<std::size_t> subjects;    // which of them are looked at
  Round round = {};                     // each tenant that is looked at has up to five sessions
};

struct Survey {
  std::vector<TenantIsolation> tenants;  // as order.subjects, those that were looked at before a stop
  Untouched untouched;
};

/// Errors: server_unreachable, where the provisioner can't come in; template_invalid.
Result<Survey> survey_server(const SurveyOrder& order, std::span<const ProbeCard> cards, SqlDoors& doors);

}  // namespace tenantctl
