// Where a tenant's tries are made from: its own sessions, its neighbour's, and the provisioner's. Opened once for all tries of a tenant.
#pragma once
#include <span>

#include "isolation/survey_scene.hpp"
#include "isolation/tries.hpp"

namespace tenantctl {

struct Standpoint {
  SurveyScene& scene;
  const Inhabitant& subject;
  std::span<const std::size_t> others;
  Tries tries;
  Entrance server = {};  // the provisioner, in its own database
  Entrance keeper = {};  // the provisioner, in the tenant's
  Entrance home = {};    // the tenant, in its own; empty where it may not log in, or its password is not known
  const Inhabitant* neighbour = nullptr;
  std::size_t neighbour_at = 0;
  Entrance victim = {};  // the neighbour, in its own

  const Inhabitant& inhabitant(std::size_t i) const { return scene.inhabitants[i]; }
  /// Into a database, as the tenant. A login's connections may be used up for a moment by its own application: it waits some seconds.
  Entrance knock(const std::string& database);
  /// What the card says closes the hole, filled in.
  std::vector<ClosingStatement> closing(const ProbeCard& card, const ProbeWords& words) const;
};

/// As the tenant, where it may; with a neighbour, where there is one that may.
Standpoint take_position(SurveyScene& scene, std::size_t subject, std::span<const std::size_t> others);

/// The probes that are more than a statement: passwords, messages, locks. Nothing where the card is none of them.
void check_by_hand(Standpoint& from, const ProbeCard& card);

}  // namespace tenantctl
