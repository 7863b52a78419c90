// What the surveys of a server's tenants share: who is there, what is there, and what was proved already. Read from several threads.
#pragma once
#include <map>
#include <span>

#include "isolation/inhabitant.hpp"
#include "isolation/proof.hpp"
#include "ports/sql_doors.hpp"

namespace tenantctl {

/// Whether a tenant's own door opens to whom it should, and which of its tries at itself succeed.
struct HomeProof {
  Proof door = {};
  std::map<std::string, Proof> controls = {};  // of the cards whose control is the other tenant itself
};

/// A database that is no tenant's own, with its name as SQL wants it.
struct ServerDatabase {
  std::string name;
  std::string identifier;
  std::string literal;
  std::string owner;
};

struct SurveyScene {
  SqlDoors& doors;
  std::span<const ProbeCard> cards;
  std::span<const Inhabitant> inhabitants;
  int server_version = 0;
  std::map<ProbeEach, std::vector<std::string>> things = {};  // what a card's `each` stands for, quoted for SQL
  std::vector<ServerDatabase> databases = {};
  std::map<std::size_t, HomeProof> homes = {};  // by inhabitant
  SharedProofs shared = {};
};

/// One tenant against `others`, both by their place among the inhabitants.
TenantIsolation survey_tenant(SurveyScene& scene, std::size_t subject, std::span<const std::size_t> others);

}  // namespace tenantctl
