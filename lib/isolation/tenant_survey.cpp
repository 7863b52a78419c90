// One tenant of a server against the others: enters as it, tries what the cards say, and judges what comes of it.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "isolation/survey_scene.hpp"
#include "isolation/tries.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr int k_patience = 20;  // with a login that has no connection left at the moment

class TenantSurvey {
 public:
  TenantSurvey(SurveyScene& scene, std::size_t subject, std::span<const std::size_t> others)
      : scene_(scene), subject_(scene.inhabitants[subject]), others_(others), tries_(subject_), words_(words_of_subject(subject_)) {}

  TenantIsolation run() {
    const auto began = std::chrono::steady_clock::now();
    come_in();
    for (const auto& card : scene_.cards) {
      if (is_for_subject(card) && scene_.server_version >= card.since_version) try_card(card);
    }
    auto result = std::move(tries_).result();
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    return result;
  }

 private:
  bool is_for_subject(const ProbeCard& card) const { return std::ranges::find(card.kinds, subject_.kind) != card.kinds.end(); }
  const Inhabitant& inhabitant(std::size_t i) const { return scene_.inhabitants[i]; }
  static std::string name_of(const Inhabitant& other) { return other.slug.str(); }

  void come_in() {
    server_ = scene_.doors.enter_as_provisioner({});
    keeper_ = scene_.doors.enter_as_provisioner(subject_.names.database.str());
    if (!subject_.may_log_in || !subject_.password) return;
    home_ = knock(subject_.names.database.str());
    find_neighbour();
  }

  /// One that shares the subject's database, where there is one: nothing is nearer.
  void find_neighbour() {
    for (const bool near : {true, false}) {
      for (const auto other : others_) {
        const auto& candidate = inhabitant(other);
        const bool shares = candidate.names.database == subject_.names.database;
        if (!candidate.may_log_in || !candidate.password || (near && !shares)) continue;
        neighbour_ = &candidate;
        neighbour_at_ = other;
        victim_ = scene_.doors.enter(candidate.names.database.str(), candidate.names.login.str(), *candidate.password);
        if (victim_.session) victim_.session->run("select 'a statement that is nobody else''s business'");  // see-queries looks for it
        return;
      }
    }
  }

  /// A login's connections may be used up for a moment by its own application, and so may the server's.
  Entrance knock(const std::string& database) {
    auto entered = scene_.doors.enter(database, subject_.names.login.str(), *subject_.password);
    for (int i = 0; i < k_patience && entered.answer.sqlstate == "53300"; ++i) {
      std::this_thread::sleep_for(100ms);
      entered = scene_.doors.enter(database, subject_.names.login.str(), *subject_.password);
    }
    return entered;
  }

  void try_card(const ProbeCard& card) {
    if (card.kind == ProbeKind::look) return look(card);
    if (card.name == "log-in") return check_log_in(card);
    if (card.name == "suspended-login") return check_suspended(card);
    if (!home_.session) return;  // said once, by "log-in"
    if (card.kind == ProbeKind::statement) return try_statement(card);
    if (card.kind == ProbeKind::door) return try_doors(card);
    if (card.kind == ProbeKind::inside) return try_neighbours_in_schemas(card);
    if (card.name == "wrong-password") return check_wrong_password(card);
    if (card.name == "shared-password") return check_shared_password(card);
    if (card.name == "notify") return check_notify(card);
    if (card.name == "advisory-locks") return check_locks(card);
  }

  // What the provisioner sees.

  void look(const ProbeCard& card) {
    tries_.count(card);
    auto& entrance = card.at_home ? keeper_ : server_;
    if (!entrance.session) return tries_.unclear(card, "", "the provisioner can't come in: " + said(entrance.answer));
    const auto sql = fill_probe(card.sql, words_);
    if (!sql) return tries_.unclear(card, "", sql.error().message);
    const auto answer = entrance.session->attempt(*sql);
    if (!answer.done) return tries_.unclear(card, "", "it could not be read: " + said(answer));
    for (const auto& row : answer.rows) {
      std::vector<ClosingStatement> statements;
      if (row.size() > 1 && !row[1].empty())
        statements.push_back({.sql = row[1], .database = card.at_home ? subject_.names.database.str() : ""});
      tries_.found(card, "", row.at(0), std::move(statements));
    }
    if (!answer.rows.empty()) return;
    const auto proof = scene_.shared.get(card.name, [&] { return provisioner_proves(card, words_); });
    if (!proof.holds()) tries_.unclear(card, "", "nothing was found, but " + proof.why_not);
  }

  Proof provisioner_proves(const ProbeCard& card, const ProbeWords& words) {
    auto& entrance = card.control.at_home ? keeper_ : server_;
    if (!entrance.session) return {.why_not = "the provisioner can't come in: " + said(entrance.answer)};
    return prove(card, words, *entrance.session, "the provisioner");
  }

  // What the tenant may say at home.

  void try_statement(const ProbeCard& card) {
    if (card.each == ProbeEach::tenant) return try_once(card, words_, "", card.name, {});
    if (card.each == ProbeEach::neighbour) {
      if (neighbour_ == nullptr) return;
      if (!victim_.session) return tries_.unclear(card, name_of(*neighbour_), "no session of it could be opened: " + said(victim_.answer));
      return try_on(card, neighbour_at_, victim_.session->pid());
    }
    if (card.each == ProbeEach::other) {
      for (const auto other : others_) {
        const bool is_for_it = inhabitant(other).kind == StackKind::database || card.name != "change-database";
        if (is_for_it) try_on(card, other, 0);
      }
      return;
    }
    for (const auto& thing : scene_.things.at(card.each)) {
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
    const auto& home = scene_.homes.at(other);
    if (!home.door.holds()) return home.door;
    const auto known = home.controls.find(card.name);
    return known == home.controls.end() ? Proof{.why_not = "nobody showed that it could be done"} : known->second;
  }

  /// `key`: for what the provisioner's proof is good; `proof`: one that is there already.
  void try_once(const ProbeCard& card, const ProbeWords& words, const std::string& object, const std::string& key,
                const std::optional<Proof>& proof) {
    tries_.count(card);
    const auto sql = fill_probe(card.sql, words);
    if (!sql) return tries_.unclear(card, object, sql.error().message);
    const auto answer = card.in_transaction ? home_.session->attempt(*sql) : home_.session->run(*sql);
    judge(card, words, object, answer,
          [&] { return proof ? *proof : scene_.shared.get(key, [&] { return provisioner_proves(card, words); }); });
  }

  template <class Prove>
  void judge(const ProbeCard& card, const ProbeWords& words, const std::string& object, const SqlAnswer& answer, const Prove& prove) {
    if (was_granted(card, answer)) {
      const bool has_words = answer.done && card.rows_are_breach && !answer.rows.at(0).empty();
      return tries_.found(card, object, has_words ? answer.rows[0][0] : fmt::format("it {}", card.tries), closing(card, words));
    }
    if (!was_refused(card, answer)) return tries_.unclear(card, object, "it could not be tried: " + said(answer));
    if (const auto proof = prove(); !proof.holds()) tries_.unclear(card, object, fmt::format("it was refused, but {}", proof.why_not));
  }

  std::vector<ClosingStatement> closing(const ProbeCard& card, const ProbeWords& words) const {
    const auto sql = fill_probe(card.fix, words);
    if (!sql || sql->empty()) return {};
    return {{.sql = *sql, .database = card.fix_at_home ? subject_.names.database.str() : ""}};
  }

  // Doors, and what is behind them.

  void try_doors(const ProbeCard& card) {
    if (card.each == ProbeEach::other) {
      for (const auto other : others_) {
        if (inhabitant(other).names.database != subject_.names.database) try_door_of(card, other);
      }
      return;
    }
    for (const auto& database : scene_.things.at(card.each)) {
      // What a restore has put aside of its own is its own.
      if (database == subject_.names.database.str() || scene_.owners.at(database) == subject_.names.owner.str()) continue;
      auto words = words_;
      words["database"] = quoted(database);
      const auto prove = [&] {
        return scene_.shared.get("door " + database, [&] {
          const auto entered = scene_.doors.enter_as_provisioner(database);
          if (entered.session || lacks_connect(database)) return Proof{};
          return Proof{.why_not = "the provisioner could not enter it either: " + said(entered.answer)};
        });
      };
      try_door(card, words, database, "database " + database, prove);
    }
  }

  /// As the server itself says: for databases that the provisioner is kept out of as well.
  bool lacks_connect(const std::string& database) {
    if (!server_.session) return false;
    std::string name;
    for (const char c : database) name += c == '\'' ? std::string("''") : std::string(1, c);
    const auto answer =
        server_.session->attempt(fmt::format("select has_database_privilege('{}', '{}', 'connect')", subject_.names.login.str(), name));
    return answer.done && answer.rows.at(0).at(0) == "f";
  }

  static std::string quoted(const std::string& name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
  }

  void try_door_of(const ProbeCard& card, std::size_t other) {
    auto words = words_;
    add_other(words, inhabitant(other), 0);
    const auto entered = try_door(card, words, inhabitant(other).names.database.str(), name_of(inhabitant(other)),
                                  [&] { return scene_.homes.at(other).door; });
    if (!entered) return;
    for (const auto& inside : scene_.cards) {
      if (inside.kind == ProbeKind::inside && is_for_subject(inside)) try_inside(inside, words, other, *entered, Border::databases);
    }
  }

  template <class Prove>
  std::unique_ptr<SqlSession> try_door(const ProbeCard& card, const ProbeWords& words, const std::string& database,
                                       const std::string& object, const Prove& prove) {
    tries_.count(card);
    auto entered = knock(database);
    if (entered.session) {
      tries_.found(card, object, fmt::format("it came into database \"{}\"", database), closing(card, words));
      return std::move(entered.session);
    }
    // 42501: no CONNECT; 28000: pg_hba.conf has no line for it; 55000: closed to everybody.
    const auto& state = entered.answer.sqlstate;
    if (state != "42501" && state != "28000" && state != "55000")
      tries_.unclear(card, object, "it could not be tried: " + said(entered.answer));
    else if (const Proof proof = prove(); state != "55000" && !proof.holds())
      tries_.unclear(card, object, fmt::format("it was refused, but {}", proof.why_not));
    return nullptr;
  }

  void try_inside(const ProbeCard& card, const ProbeWords& words, std::size_t other, SqlSession& session, Border border) {
    tries_.count(card);
    auto at = card;
    at.border = border;
    const auto sql = fill_probe(card.sql, words);
    if (!sql) return tries_.unclear(at, name_of(inhabitant(other)), sql.error().message);
    judge(at, words, name_of(inhabitant(other)), session.attempt(*sql), [&] { return proof_of(card, other); });
  }

  /// Of those with whom it shares its database: it is inside already.
  void try_neighbours_in_schemas(const ProbeCard& card) {
    for (const auto other : others_) {
      if (inhabitant(other).names.database != subject_.names.database || !inhabitant(other).names.schema) continue;
      auto words = words_;
      add_other(words, inhabitant(other), 0);
      try_inside(card, words, other, *home_.session, Border::schemas);
    }
  }

  // What is more than one statement.

  void check_log_in(const ProbeCard& card) {
    if (!subject_.may_log_in) return;
    tries_.count(card);
    if (!subject_.password) tries_.unclear(card, "", subject_.why_no_password);
    else if (!home_.session) tries_.unclear(card, "", "it can't come into its own database: " + said(home_.answer));
  }

  void check_suspended(const ProbeCard& card) {
    if (subject_.may_log_in) return;
    tries_.count(card);
    if (!subject_.password) return tries_.unclear(card, "", subject_.why_no_password);
    const auto entered = knock(subject_.names.database.str());
    if (entered.session) return tries_.found(card, "", "it came into its database", closing(card, words_));
    if (entered.answer.sqlstate != "28000") return tries_.unclear(card, "", "it could not be tried: " + said(entered.answer));
    // The same SQLSTATE says that pg_hba.conf has no line for where we come from.
    const auto sql = fmt::format("select 1 from pg_roles where rolname = '{}' and not rolcanlogin", subject_.names.login.str());
    const auto closed = server_.session ? server_.session->attempt(sql) : server_.answer;
    if (!closed.done) return tries_.unclear(card, "", "it was refused, but the provisioner can't come in either: " + said(closed));
    if (closed.rows.empty()) tries_.found(card, "", "it was refused by pg_hba.conf alone: its role may log in", closing(card, words_));
  }

  void check_wrong_password(const ProbeCard& card) {
    tries_.count(card);
    const auto entered = scene_.doors.enter(subject_.names.database.str(), subject_.names.login.str(), Secret("nobody-has-this-password"));
    if (entered.session) return tries_.found(card, "", "it came in with a wrong password", {});
    if (entered.answer.sqlstate != "28P01") tries_.unclear(card, "", "it could not be tried: " + said(entered.answer));
  }

  void check_shared_password(const ProbeCard& card) {
    for (const auto other : others_) {
      const auto& them = inhabitant(other);
      if (!them.may_log_in) continue;
      tries_.count(card);
      const auto& home = scene_.homes.at(other);
      const bool is_known = them.password && home.door.holds();
      if (is_known && them.password->reveal() == subject_.password->reveal()) {
        tries_.found(card, name_of(them), "the two have the same password", {});
      } else if (!is_known || &them == neighbour_) {
        // Who came in with another password can't be entered with this one: a login has one. It takes long, so one try is made all the
        // same.
        try_password_at(card, them, home.door);
      }
    }
  }

  void try_password_at(const ProbeCard& card, const Inhabitant& them, const Proof& proof) {
    const auto entered = scene_.doors.enter(them.names.database.str(), them.names.login.str(), *subject_.password);
    if (entered.session) tries_.found(card, name_of(them), "it came in as that tenant with its own password", {});
    else if (entered.answer.sqlstate != "28P01") tries_.unclear(card, name_of(them), "it could not be tried: " + said(entered.answer));
    else if (!proof.holds()) tries_.unclear(card, name_of(them), "it was refused, but " + proof.why_not);
  }

  void check_notify(const ProbeCard& card) {
    if (neighbour_ == nullptr) return;
    tries_.count(card);
    const auto object = name_of(*neighbour_);
    if (!victim_.session) return tries_.unclear(card, object, "no session of it could be opened: " + said(victim_.answer));
    const auto channel = fmt::format("tenantctl_probe_{}", home_.session->pid());  // others may be at this too
    const auto reaches = [&](SqlSession& sender) {
      sender.run(fmt::format("notify {}", channel));
      victim_.session->run("select 1");  // what has come for it is sent along
      return victim_.session->heard(channel);
    };
    victim_.session->run(fmt::format("listen {}", channel));
    const bool came = reaches(*home_.session);
    const bool can_come = reaches(*victim_.session);
    victim_.session->run(fmt::format("unlisten {}", channel));
    if (came) tries_.found(card, object, "its message was heard there", {});
    else if (!can_come) tries_.unclear(card, object, "no message came, but not from that tenant itself either");
  }

  void check_locks(const ProbeCard& card) {
    if (neighbour_ == nullptr) return;
    tries_.count(card);
    const auto object = name_of(*neighbour_);
    if (!victim_.session || !keeper_.session)
      return tries_.unclear(card, object, "no session of it could be opened: " + said(victim_.answer));
    const auto lock = fmt::format("select pg_try_advisory_xact_lock(1952804449, {})", home_.session->pid());  // "tena", as four bytes
    const auto ask = [&](SqlSession& session) {
      const auto answer = session.attempt(lock);
      return answer.done ? answer.rows.at(0).at(0) : said(answer);
    };
    home_.session->run("begin; " + lock);
    const auto there = ask(*victim_.session);
    const auto here = ask(*keeper_.session);
    home_.session->run("rollback");
    if (there == "f") tries_.found(card, object, "what it locks is locked there", {});
    else if (there != "t" || here != "f")
      tries_.unclear(card, object, fmt::format("its lock was \"{}\" there and \"{}\" in its own database", there, here));
  }

  SurveyScene& scene_;
  const Inhabitant& subject_;
  std::span<const std::size_t> others_;
  Tries tries_;
  ProbeWords words_;
  Entrance server_;  // the provisioner, in its own database
  Entrance keeper_;  // the provisioner, in the tenant's
  Entrance home_;    // the tenant, in its own
  const Inhabitant* neighbour_ = nullptr;
  std::size_t neighbour_at_ = 0;
  Entrance victim_;  // the neighbour, in its own
};

}  // namespace

TenantIsolation survey_tenant(SurveyScene& scene, std::size_t subject, std::span<const std::size_t> others) {
  return TenantSurvey(scene, subject, others).run();
}

}  // namespace tenantctl
