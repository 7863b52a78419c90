// One tenant of a server against the others: enters as it, tries what the cards say, and judges what comes of it.
#include <fmt/format.h>

#include <algorithm>

#include "isolation/standpoint.hpp"

namespace tenantctl {
namespace {

class TenantSurvey {
 public:
  TenantSurvey(SurveyScene& scene, std::size_t subject, std::span<const std::size_t> others)
      : from_(take_position(scene, subject, others)), words_(words_of_subject(from_.subject)) {}

  TenantIsolation run() {
    const auto began = std::chrono::steady_clock::now();
    for (const auto& card : from_.scene.cards) {
      if (is_for_subject(card) && from_.scene.server_version >= card.since_version) try_card(card);
    }
    auto result = std::move(from_.tries).result();
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    return result;
  }

 private:
  bool is_for_subject(const ProbeCard& card) const { return card.is_for(from_.subject.kind); }
  const Inhabitant& inhabitant(std::size_t i) const { return from_.inhabitant(i); }
  static std::string name_of(const Inhabitant& other) { return other.slug.str(); }

  void try_card(const ProbeCard& card) {
    if (card.kind == ProbeKind::look) return look(card);
    if (card.kind == ProbeKind::check) return check_by_hand(from_, card);
    if (!from_.home.session) return;  // said once, by "log-in"
    if (card.kind == ProbeKind::statement) return try_statement(card);
    if (card.kind == ProbeKind::door) return try_doors(card);
    if (card.kind == ProbeKind::inside) return try_neighbours_in_schemas(card);
  }

  // What the provisioner sees.

  void look(const ProbeCard& card) {
    from_.tries.count(card);
    auto& entrance = card.at_home ? from_.keeper : from_.server;
    if (!entrance.session) return from_.tries.unclear(card, "", "the provisioner can't come in: " + said(entrance.answer));
    const auto sql = fill_probe(card.sql, words_);
    if (!sql) return from_.tries.unclear(card, "", sql.error().message);
    const auto answer = entrance.session->attempt(*sql);
    if (!answer.done) return from_.tries.unclear(card, "", "it could not be read: " + said(answer));
    for (const auto& row : answer.rows) {
      std::vector<ClosingStatement> statements;
      if (row.size() > 1 && !row[1].empty())
        statements.push_back({.sql = row[1], .database = card.at_home ? from_.subject.names.database.str() : ""});
      from_.tries.found(card, "", row.at(0), std::move(statements));
    }
    if (!answer.rows.empty()) return;
    const auto proof = from_.scene.shared.get(card.name, [&] { return provisioner_proves(card, words_); });
    if (!proof.holds()) from_.tries.unclear(card, "", "nothing was found, but " + proof.why_not);
  }

  Proof provisioner_proves(const ProbeCard& card, const ProbeWords& words) {
    auto& entrance = card.control.at_home ? from_.keeper : from_.server;
    if (!entrance.session) return {.why_not = "the provisioner can't come in: " + said(entrance.answer)};
    return prove(card, words, *entrance.session, "the provisioner");
  }

  // What the tenant may say at home.

  void try_statement(const ProbeCard& card) {
    if (card.each == ProbeEach::tenant) return try_once(card, words_, "", card.name, {});
    if (card.each == ProbeEach::neighbour) {
      if (from_.neighbour == nullptr) return;
      if (!from_.victim.session)
        return from_.tries.unclear(card, name_of(*from_.neighbour), "no session of it could be opened: " + said(from_.victim.answer));
      return try_on(card, from_.neighbour_at, from_.victim.session->pid());
    }
    if (card.each == ProbeEach::other) {
      for (const auto other : from_.others) {
        const bool is_for_it = inhabitant(other).kind == StackKind::database || card.name != "change-database";
        if (is_for_it) try_on(card, other, 0);
      }
      return;
    }
    for (const auto& thing : from_.scene.things.at(card.each)) {
      auto words = words_;
      words[card.each == ProbeEach::extension ? "extension" : "role"] = thing;
      try_once(card, words, fmt::format("{} {}", card.each == ProbeEach::extension ? "extension" : "role", thing), card.name + " " + thing,
               {});
    }
  }

  void try_on(const ProbeCard& card, std::size_t other, int session) {
    auto words = words_;
    add_other(words, inhabitant(other), session);
    std::optional<Proof> proof;
    if (card.control.by == ProbeBy::neighbour) proof = proof_of(card, other);
    try_once(card, words, name_of(inhabitant(other)), card.name, proof);
  }

  Proof proof_of(const ProbeCard& card, std::size_t other) const {
    const auto& home = from_.scene.homes.at(other);
    if (!home.door.holds()) return home.door;
    const auto known = home.controls.find(card.name);
    return known == home.controls.end() ? Proof{.why_not = "nobody showed that it could be done"} : known->second;
  }

  /// `key`: for what the provisioner's proof is good; `proof`: one that is there already.
  void try_once(const ProbeCard& card, const ProbeWords& words, const std::string& object, const std::string& key,
                const std::optional<Proof>& proof) {
    from_.tries.count(card);
    const auto sql = fill_probe(card.sql, words);
    if (!sql) return from_.tries.unclear(card, object, sql.error().message);
    const auto answer = card.in_transaction ? from_.home.session->attempt(*sql) : from_.home.session->run(*sql);
    judge(card, words, object, answer,
          [&] { return proof ? *proof : from_.scene.shared.get(key, [&] { return provisioner_proves(card, words); }); });
  }

  template <class Prove>
  void judge(const ProbeCard& card, const ProbeWords& words, const std::string& object, const SqlAnswer& answer, const Prove& prove) {
    if (was_granted(card, answer)) {
      const bool has_words = answer.done && card.rows_are_breach && !answer.rows.at(0).empty();
      return from_.tries.found(card, object, has_words ? answer.rows[0][0] : fmt::format("it {}", card.tries), from_.closing(card, words));
    }
    if (!was_refused(card, answer)) return from_.tries.unclear(card, object, "it could not be tried: " + said(answer));
    if (const auto proof = prove(); !proof.holds()) from_.tries.unclear(card, object, fmt::format("it was refused, but {}", proof.why_not));
  }

  // Doors, and what is behind them.

  void try_doors(const ProbeCard& card) {
    if (card.each == ProbeEach::other) {
      for (const auto other : from_.others) {
        if (inhabitant(other).names.database != from_.subject.names.database) try_door_of(card, other);
      }
      return;
    }
    for (const auto& database : from_.scene.databases) {
      if (database.owner == from_.subject.names.owner.str()) continue;  // what a restore has put aside of its own is its own
      auto words = words_;
      words["database"] = database.identifier;
      const auto prove = [&] {
        return from_.scene.shared.get("door " + database.name, [&] {
          const auto entered = from_.scene.doors.enter_as_provisioner(database.name);
          if (entered.session || lacks_connect(database)) return Proof{};
          return Proof{.why_not = "the provisioner could not enter it either: " + said(entered.answer)};
        });
      };
      try_door(card, words, database.name, "database " + database.name, prove);
    }
  }

  /// As the server itself says: for databases that the provisioner is kept out of as well.
  bool lacks_connect(const ServerDatabase& database) {
    if (!from_.server.session) return false;
    const auto answer = from_.server.session->attempt(
        fmt::format("select has_database_privilege('{}', {}, 'connect')", from_.subject.names.login.str(), database.literal));
    return answer.done && answer.rows.at(0).at(0) == "f";
  }

  void try_door_of(const ProbeCard& card, std::size_t other) {
    auto words = words_;
    add_other(words, inhabitant(other), 0);
    const auto entered = try_door(card, words, inhabitant(other).names.database.str(), name_of(inhabitant(other)),
                                  [&] { return from_.scene.homes.at(other).door; });
    if (!entered) return;
    for (const auto& inside : from_.scene.cards) {
      if (inside.kind == ProbeKind::inside && is_for_subject(inside)) try_inside(inside, words, other, *entered, Border::databases);
    }
  }

  template <class Prove>
  std::unique_ptr<SqlSession> try_door(const ProbeCard& card, const ProbeWords& words, const std::string& database,
                                       const std::string& object, const Prove& prove) {
    from_.tries.count(card);
    auto entered = from_.knock(database);
    if (entered.session) {
      from_.tries.found(card, object, fmt::format("it came into database \"{}\"", database), from_.closing(card, words));
      return std::move(entered.session);
    }
    // 42501: no CONNECT; 28000: pg_hba.conf has no line for it; 55000: closed to everybody.
    const auto& state = entered.answer.sqlstate;
    if (state != "42501" && state != "28000" && state != "55000")
      from_.tries.unclear(card, object, "it could not be tried: " + said(entered.answer));
    else if (const Proof proof = prove(); state != "55000" && !proof.holds())
      from_.tries.unclear(card, object, fmt::format("it was refused, but {}", proof.why_not));
    return nullptr;
  }

  void try_inside(const ProbeCard& card, const ProbeWords& words, std::size_t other, SqlSession& session, Border border) {
    from_.tries.count(card);
    auto at = card;
    at.border = border;
    const auto sql = fill_probe(card.sql, words);
    if (!sql) return from_.tries.unclear(at, name_of(inhabitant(other)), sql.error().message);
    judge(at, words, name_of(inhabitant(other)), session.attempt(*sql), [&] { return proof_of(card, other); });
  }

  /// Of those with whom it shares its database: it is inside already.
  void try_neighbours_in_schemas(const ProbeCard& card) {
    for (const auto other : from_.others) {
      if (inhabitant(other).names.database != from_.subject.names.database || !inhabitant(other).names.schema) continue;
      auto words = words_;
      add_other(words, inhabitant(other), 0);
      try_inside(card, words, other, *from_.home.session, Border::schemas);
    }
  }

  Standpoint from_;
  ProbeWords words_;
};

}  // namespace

TenantIsolation survey_tenant(SurveyScene& scene, std::size_t subject, std::span<const std::size_t> others) {
  return TenantSurvey(scene, subject, others).run();
}

}  // namespace tenantctl
