// Doors of a real server: who is refused by what, and that nothing of a try stays.
#include <catch2/catch.hpp>

#include "adapters/postgres/sql_doors.hpp"
#include "support/postgres_cluster.hpp"
#include "support/postgres_session.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

struct Door {
  Door() {
    const auto root = session(PostgresCluster::shared().url());
    ask(root, "create database doors_closed");
    ask(root, "revoke all on database doors_closed from public");
    ask(root, "create role doors_guest login password 'canary-doors-4711'");
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  ~Door() {
    const auto root = session(PostgresCluster::shared().url());
    ask(root, "drop database doors_closed");
    ask(root, "drop role doors_guest");
  }

  Entrance guest(const std::string& database, const std::string& password = "canary-doors-4711") {
    return doors.enter(database, "doors_guest", Secret(password));
  }

  PostgresDoors doors{PostgresCluster::shared().tcp_url("postgres", "anybody", "x"), nullptr};
  PostgresDoors ours{PostgresCluster::shared().url(), nullptr};
};

}  // namespace

TEST_CASE("a door says by its SQLSTATE why it stays shut, and nothing of a password") {
  Door f;
  CHECK(f.guest("postgres").session != nullptr);
  CHECK(f.guest("doors_closed").answer.sqlstate == "42501");
  CHECK(f.guest("doors_nowhere").answer.sqlstate == "3D000");
  const auto wrong = f.guest("postgres", "canary-wrong-4712");
  CHECK(wrong.answer.sqlstate == "28P01");
  CHECK(wrong.answer.message.find("canary") == std::string::npos);
  ask(session(PostgresCluster::shared().url()), "alter role doors_guest connection limit 0");
  CHECK(f.guest("postgres").answer.sqlstate == "53300");
}

TEST_CASE("a server that is not there refuses nobody: there is no SQLSTATE") {
  PostgresDoors nowhere(Secret("postgresql://127.0.0.1:1/postgres"), nullptr);
  const auto answer = nowhere.enter("postgres", "anybody", Secret("x")).answer;
  CHECK(answer.sqlstate.empty());
  CHECK_FALSE(answer.message.empty());
}

TEST_CASE("what is tried is taken back, what prepares it too, and an error in between leaves the session usable") {
  Door f;
  const auto entered = f.ours.enter_as_provisioner("");
  REQUIRE(entered.session);
  auto& session = *entered.session;

  CHECK(session.attempt("grant doors_guest to doors_other", "create role doors_other").done);
  CHECK(session.attempt("select from pg_roles where rolname = 'doors_other'").rows.empty());
  CHECK(session.attempt("select * from nothing").sqlstate == "42P01");
  CHECK(session.attempt("selec").sqlstate == "42601");
  CHECK(session.attempt("select 1", "select * from nothing").sqlstate == "42P01");
  CHECK(session.attempt("select current_setting('search_path')").rows.at(0).at(0) == "pg_catalog");
  CHECK(session.run("create database doors_never template doors_no_such_template").sqlstate == "3D000");
}
