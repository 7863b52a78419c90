// A process is stopped with SIGSTOP right before an effect, loses its connection to the control database, is taken over by
// another operator, and wakes up: it changes nothing more. Real binary, real servers.
#include <catch2/catch.hpp>

#include <csignal>

#include "support/background.hpp"
#include "support/bind_zone.hpp"
#include "support/changed_config.hpp"
#include "support/quick_certificates.hpp"
#include "support/server_block_mode.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

/// The stack "demo" has an after_create, so that its creates pass every step there is.
std::vector<std::string> create(const std::string& stack) {
  return {"--config", config_with_demo_keys(k_tracing_command), "create", "paused", "--stack", stack, "--email", "a@paused.test", "-o",
          "json"};
}

/// All that an effect could change: names, and what is behind them.
std::vector<std::string> world() {
  const auto& sandbox = LiveSandbox::get();
  auto all = sandbox.inventory();
  for (const auto& line : sandbox.inventory()) {
    if (line.starts_with("file ")) all.push_back(read_text(line.substr(5)));
  }
  // What nginx has to confirm in server_block mode.
  if (const auto generation = sandbox.dir() / "nginx/tenantctl/generation.conf"; std::filesystem::exists(generation))
    all.push_back(read_text(generation));
  const auto add = [&](const std::vector<std::string>& lines) { all.insert(all.end(), lines.begin(), lines.end()); };
  add(shared_bind().zone());
  add(sandbox.sql("select concat_ws(' ', name, tenant, names, issued_at, tries) from certificates order by name", "tenantctl"));
  add(sandbox.sql("select concat_ws(' ', rolname, rolcanlogin, rolconnlimit, rolpassword) from pg_authid order by rolname"));
  add(sandbox.sql("select concat_ws(' ', oid, datname, datacl, datallowconn, datconnlimit) from pg_database order by oid"));
  for (const auto& name : sandbox.sql("select datname from pg_database where datname like 'demo\\_%' and datallowconn")) {
    add(sandbox.sql("select concat_ws(' ', key, value, xmin) from tenantctl.settings order by key", name));
    if (!sandbox.sql("select 1 from pg_class where relname = 'traces'", name).empty())
      add(sandbox.sql("select xmin from traces order by ctid", name));
  }
  if (!sandbox.sql("select 1 from pg_database where datname = 'sandbox_shared'").empty()) {
    add(sandbox.sql("select concat_ws(' ', oid, nspname, nspacl) from pg_namespace order by oid", "sandbox_shared"));
    for (const auto& name : sandbox.sql("select nspname from pg_namespace where nspname like 'shared\\_%'", "sandbox_shared")) {
      add(sandbox.sql("select concat_ws(' ', key, value, xmin) from " + name + ".tenantctl_settings order by key", "sandbox_shared"));
    }
  }
  add(sandbox.sql("select concat_ws(' ', id, state, fence) from operations order by id", "tenantctl"));
  add(sandbox.sql("select concat_ws(' ', id, operation, step, mark) from step_events order by id", "tenantctl"));
  return all;
}

/// As an administrator would who sees an idle session.
void cut_off_from_control() {
  LiveSandbox::get().sql(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'tenantctl' and pid <> pg_backend_pid()", "tenantctl");
}

std::vector<std::string> points(const std::string& moment) {
  std::vector<std::string> chosen;
  const bool with_all = read_text(LiveSandbox::get().config()).find("rfc2136") != std::string::npos;
  for (auto& point : LiveSandbox::get().run({"failpoints", "-o", "json"}).json()["failpoints"]["create"].get<std::vector<std::string>>()) {
    const bool is_passed =
        !point.starts_with("turn_back") && (with_all || (!point.starts_with("dns:") && !point.starts_with("certificate:")));
    if (point.ends_with(":" + moment) && is_passed) chosen.push_back(std::move(point));
  }
  return chosen;
}

void check_changes_nothing_more(Background& paused) {
  const auto before = world();
  paused.signal(SIGCONT);
  const auto ended = paused.wait();
  INFO(ended.out << ended.err);
  CHECK(ended.status == 10);
  CHECK(world() == before);
}

void remove_if_live() {
  auto& sandbox = LiveSandbox::get();
  if (sandbox.run({"show", "paused"}).status == 0) sandbox.remove("paused");
  CHECK(sandbox.inventory() == Inventory{});
}

/// The steps that work on a schema itself; the others are the same for both kinds.
std::vector<std::string> of_schemas(std::vector<std::string> all) {
  std::erase_if(all, [](const std::string& point) {
    return !point.starts_with("database") && !point.starts_with("access") && !point.starts_with("settings");
  });
  return all;
}

void take_over_creates(const std::string& stack, const std::vector<std::string>& chosen) {
  auto& sandbox = LiveSandbox::get();
  for (const auto& point : chosen) {
    for (const std::string taken_over_by : {"resume", "rollback", "rollback and a new create"}) {
      INFO(stack << ": " << point << ", then " << taken_over_by);
      Background paused(create(stack), {"TENANTCTL_FAILPOINT=" + point + "@stop"});
      REQUIRE(paused.stopped());
      cut_off_from_control();
      const auto second = sandbox.run({taken_over_by == "resume" ? "resume" : "rollback", "paused", "--yes"});
      INFO(second.err);
      REQUIRE(second.status == 0);
      if (taken_over_by.ends_with("create")) REQUIRE(sandbox.run(create(stack)).status == 0);

      check_changes_nothing_more(paused);

      remove_if_live();
      Tally::get().add("SIGSTOP, taken over, SIGCONT: create");
    }
  }
}

void take_over_rollbacks(const std::string& stack, const std::vector<std::string>& chosen) {
  auto& sandbox = LiveSandbox::get();
  for (const auto& point : chosen) {
    for (const std::string taken_over_by : {"rollback", "rollback and a new create"}) {
      INFO(stack << ": " << point << ", then " << taken_over_by);
      REQUIRE(sandbox.run(create(stack)).status == 0);
      Background paused({"rollback", "paused", "--yes"}, {"TENANTCTL_FAILPOINT=" + point + "@stop"});
      REQUIRE(paused.stopped());
      cut_off_from_control();
      REQUIRE(sandbox.run({"rollback", "paused", "--yes"}).status == 0);
      if (taken_over_by.ends_with("create")) REQUIRE(sandbox.run(create(stack)).status == 0);

      check_changes_nothing_more(paused);

      remove_if_live();
      Tally::get().add("SIGSTOP, taken over, SIGCONT: rollback");
    }
  }
}

/// A suspension or an activation; "turn" is the other one, which comes after it was finished.
void take_over_changes(const std::string& verb, const std::string& stack, const std::vector<std::string>& chosen) {
  auto& sandbox = LiveSandbox::get();
  const std::string turn = verb == "suspend" ? "activate" : "suspend";
  for (const auto& point : chosen) {
    for (const std::string taken_over_by : {"resume", "rollback", "resume and turn"}) {
      INFO(verb << " of a tenant of " << stack << ": " << point << ", then " << taken_over_by);
      if (sandbox.run({"show", "paused"}).status != 0) REQUIRE(sandbox.run(create(stack)).status == 0);
      REQUIRE(sandbox.run({turn, "paused"}).status == 0);
      Background paused({verb, "paused"}, {"TENANTCTL_FAILPOINT=" + point + "@stop"});
      REQUIRE(paused.stopped());
      cut_off_from_control();
      REQUIRE(sandbox.run({taken_over_by == "rollback" ? "rollback" : "resume", "paused", "--yes"}).status == 0);
      if (taken_over_by.ends_with("turn")) REQUIRE(sandbox.run({turn, "paused"}).status == 0);

      check_changes_nothing_more(paused);

      Tally::get().add("SIGSTOP, taken over, SIGCONT: change of state", {});
    }
  }
  remove_if_live();
}

}  // namespace

TEST_CASE("a change of state that was stopped before an effect and taken over changes nothing more", "[fence][life]") {
  const auto verb = GENERATE(as<std::string>{}, "suspend", "activate");
  take_over_changes(verb, "demo", {verb + "_route:before_effect", verb + "_login:before_effect", "close:before_effect"});
}

TEST_CASE("in server_block mode whoever was stopped before an effect on nginx and taken over changes nothing more", "[fence][blocks]") {
  const ServerBlockMode mode;
  take_over_creates("demo", {"route:before_effect"});
  take_over_rollbacks("demo", {"route:before_revert"});
  take_over_changes("suspend", "demo", {"suspend_route:before_effect"});
}

TEST_CASE("a create that was stopped before an effect and taken over changes nothing more", "[fence]") {
  const ConfigInUse with_all(config_with_certificates(config_with_zone()));
  const auto chosen = points("before_effect");
  REQUIRE(chosen.size() >= 8);
  take_over_creates("demo", chosen);
}

TEST_CASE("a create in a shared database that was stopped before an effect and taken over changes nothing more", "[fence]") {
  const auto chosen = of_schemas(points("before_effect"));
  REQUIRE(chosen.size() == 3);
  take_over_creates("shared", chosen);
}

TEST_CASE("a rollback that was stopped before an effect and taken over changes nothing more, not even of the tenant that follows",
          "[fence]") {
  const ConfigInUse with_all(config_with_certificates(config_with_zone()));
  const auto chosen = points("before_revert");
  REQUIRE(chosen.size() >= 8);
  take_over_rollbacks("demo", chosen);
}

TEST_CASE("a rollback in a shared database that was stopped before an effect and taken over changes nothing more", "[fence]") {
  const auto chosen = of_schemas(points("before_revert"));
  REQUIRE(chosen.size() == 3);
  take_over_rollbacks("shared", chosen);
}
