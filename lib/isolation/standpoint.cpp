#include "isolation/standpoint.hpp"

#include <thread>

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr int k_patience = 20;

/// One that shares the subject's database, where there is one: nothing is nearer.
void find_neighbour(Standpoint& from) {
  for (const bool near : {true, false}) {
    for (const auto other : from.others) {
      const auto& candidate = from.inhabitant(other);
      const bool shares = candidate.names.database == from.subject.names.database;
      if (!candidate.may_log_in || !candidate.password || (near && !shares)) continue;
      from.neighbour = &candidate;
      from.neighbour_at = other;
      from.victim = from.scene.doors.enter(candidate.names.database.str(), candidate.names.login.str(), *candidate.password);
      // see-queries looks for it
      if (from.victim.session) from.victim.session->run("select 'a statement that is nobody else''s business'");
      return;
    }
  }
}

}  // namespace

Entrance Standpoint::knock(const std::string& database) {
  auto entered = scene.doors.enter(database, subject.names.login.str(), *subject.password);
  for (int i = 0; i < k_patience && entered.answer.sqlstate == "53300"; ++i) {
    std::this_thread::sleep_for(100ms);
    entered = scene.doors.enter(database, subject.names.login.str(), *subject.password);
  }
  return entered;
}

std::vector<ClosingStatement> Standpoint::closing(const ProbeCard& card, const ProbeWords& words) const {
  const auto sql = fill_probe(card.fix, words);
  if (!sql || sql->empty()) return {};
  return {{.sql = *sql, .database = card.fix_at_home ? subject.names.database.str() : ""}};
}

Standpoint take_position(SurveyScene& scene, std::size_t subject, std::span<const std::size_t> others) {
  const auto& tenant = scene.inhabitants[subject];
  Standpoint from{.scene = scene, .subject = tenant, .others = others, .tries = Tries(tenant)};
  from.server = scene.doors.enter_as_provisioner({});
  from.keeper = scene.doors.enter_as_provisioner(tenant.names.database.str());
  if (!tenant.may_log_in || !tenant.password) return from;
  from.home = from.knock(tenant.names.database.str());
  find_neighbour(from);
  return from;
}

}  // namespace tenantctl
