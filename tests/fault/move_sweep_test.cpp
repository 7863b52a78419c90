// SIGKILL at every point of a move, then resume or rollback: the tenant is wholly on one of the two servers, with all its data, and
// nobody takes the other's copy for it. Real binary, two real PostgreSQLs.
#include <catch2/catch.hpp>

#include <algorithm>

#include "fault/failpoints.hpp"
#include "support/second_server.hpp"
#include "support/server_block_mode.hpp"
#include "support/tally.hpp"
#include "support/tenant_login.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

constexpr const char* k_mover = "mover";

/// From this one on it can only go on.
bool only_goes_on(const std::string& point) {
  // The mark of what was put aside is written with the announcement of what follows.
  return point.starts_with("credentials:") || point.starts_with("open_route:") || point == "put_aside:after_mark" ||
         point == "close:before_effect";
}

struct MoveScene {
  const SecondServer& second;
  nlohmann::json made;

  /// Databases and roles of tenants.
  std::vector<std::string> things_on(const std::string& server) const {
    const std::string question =
        "select datname from pg_database where datname like 'demo\\_%' union all select rolname from pg_roles where rolname like "
        "'demo\\_%'";
    if (server == "local") return LiveSandbox::get().sql(question);
    std::vector<std::string> names;
    const auto rows = session(second.cluster().url())->script(question);
    for (int row = 0; rows && row < rows->count(); ++row) names.push_back(rows->text(row, 0));
    return names;
  }

  void check_stands_on(const std::string& server) const {
    auto& sandbox = LiveSandbox::get();
    const auto shown = run_to({"show", k_mover, "-o", "json"}).json()["tenant"];
    CHECK(shown["server"] == server);
    CHECK(shown["moving_to"].is_null());
    CHECK(sandbox.is_live(k_mover));
    CHECK(ask_tenant(made, "select text from notes") == "kept");
    CHECK(ask_tenant(made, "select inet_server_port()") == std::to_string(credentials_of(made)["port"].get<int>()));
    CHECK((credentials_of(made)["port"] == second.cluster().port()) == (server == "second"));
    CHECK(unfinished_states().empty());
    CHECK(run_to({"doctor"}).status == 0);
    CHECK(sandbox.sql("select rolname from pg_roles where rolname like '%\\_guest'") == std::vector<std::string>{});
  }
};

/// Leaves the move behind, killed at `point`.
void kill_move_at(const std::string& point, const std::vector<std::string>& args) {
  if (!is_backward(point)) {
    const auto killed = run_to(args, point);
    INFO(killed.err);
    REQUIRE(killed.status == k_killed);
    return;
  }
  REQUIRE(run_to(args, "put_aside:after_effect").status == k_killed);
  REQUIRE(run_to({"rollback", k_mover, "--yes"}, point).status == k_killed);
}

/// From the server that it stands on to the other. Returns the one that it stands on then; the other has nothing of it.
std::string move_and_end_with(const MoveScene& scene, const std::string& from, const std::string& verb, const std::string& point) {
  const std::string to = from == "local" ? "second" : "local";
  INFO("move to " << to << ": " << point << " then " << verb);
  const std::vector<std::string> args{"move", k_mover, "--to", to};
  kill_move_at(point, args);
  const auto left = unfinished_states();
  if (!left.empty()) CHECK(run_to({"backup", k_mover}).status == 5);  // of which of the two?

  auto ended = run_to({verb, k_mover, "--yes", "-o", "json"});

  INFO(ended.out << ended.err);
  if (only_goes_on(point) && verb == "rollback") {
    CHECK(ended.status == 5);
    ended = run_to({"resume", k_mover});
  }
  if (!left.empty()) CHECK(ended.status == 0);
  const bool went = left.empty() ? !is_backward(point) : only_goes_on(point) || (verb == "resume" && left.front() == "running");
  scene.check_stands_on(went ? to : from);
  if (went) REQUIRE(run_to({"move", k_mover, "--drop-old", "--yes"}).status == 0);
  CHECK(scene.things_on(went ? from : to) == std::vector<std::string>{});
  Tally::get().add("SIGKILL at a failpoint of a move");
  return went ? to : from;
}

std::vector<std::string> points_of_moves() {
  auto points = run_to({"failpoints", "-o", "json"}).json()["failpoints"]["move"].get<std::vector<std::string>>();
  std::erase_if(points, [](const auto& point) {
    return is_backward(point) && (point.starts_with("open_route:") || point.starts_with("credentials:"));  // never taken back
  });
  return points;
}

void sweep_moves(const std::vector<std::string>& points) {
  auto& sandbox = LiveSandbox::get();
  const SecondServer second;
  const MoveScene scene{.second = second, .made = sandbox.create(k_mover, {"--server", "local"})};
  ask_tenant(scene.made, "create table notes (text text); insert into notes values ('kept')");
  Tally::get().swept(points.size());
  std::string stands_on = "local";
  bool resume = true;
  for (const auto& point : points) {  // each once: with what it is ended takes turns
    stands_on = move_and_end_with(scene, stands_on, resume ? "resume" : "rollback", point);
    resume = !resume;
  }
  REQUIRE(run_to({"delete", k_mover, "--yes"}).status == 0);
  CHECK(scene.things_on("second") == std::vector<std::string>{});
  CHECK(sandbox.inventory() == Inventory{});
  sandbox.free_names();
}

}  // namespace

TEST_CASE("a move that is killed at any point ends with the tenant wholly on one of the two servers", "[life][moves]") {
  sweep_moves(points_of_moves());
}

TEST_CASE("in server_block mode a move that is killed around its closing ends wholly on one of the two servers", "[life][moves][blocks]") {
  const ServerBlockMode mode;
  auto points = points_of_moves();
  std::erase_if(points, [](const auto& point) { return point.find("_route:") == std::string::npos || point.ends_with("mark"); });
  REQUIRE(points.size() == 6);
  sweep_moves(points);
}

TEST_CASE("while a tenant is moved its visitors are told to come again, and its server counts it already", "[life][moves]") {
  auto& sandbox = LiveSandbox::get();
  const SecondServer second("", ", max_tenants: 1");
  sandbox.create(k_mover, {"--server", "local"});
  REQUIRE(run_to({"move", k_mover, "--to", "second"}, "put_aside:before_effect").status == k_killed);

  CHECK(sandbox.get(std::string(k_mover) + ".yourapp.test") == "503\nMoving to another server. Please try again in a moment.\n");
  const auto other = run_to({"create", "other", "--email", "a@b.test", "--server", "second", "-o", "json"});
  CHECK(other.status == 8);
  CHECK(run_to({"show", k_mover, "-o", "json"}).json()["tenant"]["moving_to"] == "second");
  const auto backup = run_to({"backup", k_mover, "-o", "json"});
  CHECK(backup.status == 5);

  REQUIRE(run_to({"rollback", k_mover, "--yes"}).status == 0);
  CHECK(sandbox.is_live(k_mover));
  sandbox.remove(k_mover);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a move that finds the credentials file gone before anybody was let in goes back", "[life][moves]") {
  auto& sandbox = LiveSandbox::get();
  const SecondServer second;
  const MoveScene scene{.second = second, .made = sandbox.create(k_mover, {"--server", "local"})};
  const std::filesystem::path file = scene.made["credentials"]["file"].get<std::string>();
  const auto elsewhere = sandbox.dir() / "kept.json";
  ask_tenant(scene.made, "create table notes (text text); insert into notes values ('kept')");
  REQUIRE(run_to({"move", k_mover, "--to", "second"}, "put_aside:after_effect").status == k_killed);
  std::filesystem::rename(file, elsewhere);

  const auto resumed = run_to({"resume", k_mover, "-o", "json"});

  CHECK(resumed.status != 0);
  CHECK(unfinished_states().empty());
  std::filesystem::rename(elsewhere, file);
  scene.check_stands_on("local");
  CHECK(scene.things_on("second") == std::vector<std::string>{});
  sandbox.remove(k_mover);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a deletion that is killed while it drops what a move has left leaves nothing anywhere", "[life][moves][removal]") {
  auto& sandbox = LiveSandbox::get();
  const SecondServer second;
  const MoveScene scene{.second = second, .made = {}};
  for (const std::string point : {"drop_moved:before_effect", "drop_moved:after_effect"}) {
    sandbox.free_names();
    sandbox.create(k_mover, {"--server", "second"});
    REQUIRE(run_to({"move", k_mover, "--to", "local"}).status == 0);
    REQUIRE(run_to({"delete", k_mover, "--yes"}, point).status == k_killed);
    REQUIRE(run_to({"resume", k_mover}).status == 0);
    CHECK(scene.things_on("second") == std::vector<std::string>{});
    CHECK(sandbox.inventory() == Inventory{});
  }
  sandbox.free_names();
}
