// `doctor` on a real PostgreSQL and nginx: it sees what is nobody's, says whose it was, and removes no more than that.
#include <catch2/catch.hpp>

#include <algorithm>

#include "support/live_sandbox.hpp"
#include "support/server_block_mode.hpp"

using namespace tenantctl::test;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string k_unknown = "99999999-9999-4999-8999-999999999999";
const std::string k_known = "88888888-8888-4888-8888-888888888888";  // its create was undone, says the journal

CliResult doctor(std::vector<std::string> more = {}) {
  std::vector<std::string> args{"doctor", "-o", "json"};
  args.insert(args.end(), more.begin(), more.end());
  return LiveSandbox::get().run(args);
}

/// In the journal alone.
void remember_lost_tenant() {
  LiveSandbox::get().sql(
      "insert into operations (id, tenant, slug, kind, actor_name, actor_host, actor_pid, state, finished_at) values (gen_random_uuid(), "
      "'" +
          k_known + "', 'lost', 'create', 'test', 'test', 1, 'undone', now()) on conflict do nothing",
      "tenantctl");
}

void plant_database(const std::string& name, const std::string& tenant) {
  const auto& sandbox = LiveSandbox::get();
  for (const auto& role : {name, name + "_owner"}) {
    sandbox.sql("create role " + role);
    sandbox.sql("comment on role " + role + " is 'tenantctl tenant=" + tenant + "'");
  }
  sandbox.sql("create database " + name + " owner " + name + "_owner");
}

void drop_database(const std::string& name) {
  const auto& sandbox = LiveSandbox::get();
  sandbox.sql("drop database if exists " + name);
  sandbox.sql("drop role if exists " + name + ", " + name + "_owner");
}

fs::path routes() { return LiveSandbox::get().dir() / "nginx/tenantctl/routes/demo"; }
fs::path credentials() { return LiveSandbox::get().dir() / "credentials/demo"; }
std::string header(const std::string& tenant) { return "# tenantctl tenant=" + tenant + " slug=lost\n"; }

void plant_old_file(const fs::path& file) {
  write_text(file, "half\n");
  fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
}

std::vector<std::string> names(const json& list) {
  std::vector<std::string> result;
  for (const auto& entry : list) result.push_back(entry.at("name"));
  std::ranges::sort(result);
  return result;
}

json entry(const json& list, const std::string& name) {
  for (const auto& candidate : list) {
    if (candidate.at("name") == name) return candidate;
  }
  FAIL(name << " is not in " << list.dump());
  return {};
}

}  // namespace

TEST_CASE("a clean sandbox is well, also with a live tenant in it") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("healthy");

  const auto result = doctor();

  INFO(result.out << result.err);
  CHECK(result.status == 0);
  const auto report = result.json();
  CHECK(report["orphans"].empty());
  CHECK(report["missing"].empty());
  CHECK(report["unfinished"].empty());
  CHECK(report["checks"].size() >= 7);
  sandbox.remove("healthy");
  CHECK(doctor().status == 0);
}

TEST_CASE("doctor names each kind of orphan, and --fix removes exactly those") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("neighbour");
  remember_lost_tenant();
  plant_database("demo_lost", k_known);
  plant_database("demo_alien", k_unknown);
  sandbox.sql("create database tctl_tpl_demo_0123456789ab_b");
  const auto route = routes() / "lost.yourapp.test";
  const auto credential = credentials() / "lost.json";
  const auto draft = routes() / ".tenantctl-0123456789abcdef.tmp";
  const auto fresh = routes() / ".tenantctl-fedcba9876543210.tmp";
  write_text(route, header(k_known));
  write_text(credential, json{{"format", 1}, {"tenant_id", k_known}}.dump());
  plant_old_file(draft);
  write_text(fresh, "being written\n");
  // Somebody else's, of the same looks but without the marks.
  sandbox.sql("create role demo_foreign");
  sandbox.sql("create database demo_foreign owner demo_foreign");
  const auto foreign_route = routes() / "foreign.yourapp.test";
  const auto foreign_file = credentials() / "foreign.json";
  write_text(foreign_route, "# mine\n");
  write_text(foreign_file, "{}");

  const auto found = doctor();
  INFO(found.out << found.err);
  CHECK(found.status == 7);
  const auto orphans = found.json()["orphans"];
  std::vector<std::string> lost{route.string(),    credential.string(),           draft.string(), "demo_lost", "demo_lost",
                                "demo_lost_owner", "tctl_tpl_demo_0123456789ab_b"};
  auto all = lost;
  all.insert(all.end(), {"demo_alien", "demo_alien", "demo_alien_owner"});
  std::ranges::sort(lost);
  std::ranges::sort(all);
  CHECK(names(orphans) == all);
  CHECK(entry(orphans, route.string())["slug"] == "lost");
  CHECK(entry(orphans, "demo_lost_owner")["tenant"] == k_known);
  CHECK(entry(orphans, "demo_lost_owner")["command"] == "tenantctl doctor --fix");
  CHECK(entry(orphans, "demo_alien_owner")["tenant"] == k_unknown);
  CHECK(entry(orphans, "demo_alien_owner")["slug"].is_null());
  CHECK(entry(orphans, "demo_alien_owner")["command"] == "tenantctl doctor --fix --include-unknown");

  const auto unasked = doctor({"--fix"});
  CHECK(unasked.status == 2);
  CHECK(names(doctor().json()["orphans"]) == all);

  const auto fixed = doctor({"--fix", "--yes"});
  INFO(fixed.out << fixed.err);
  CHECK(fixed.status == 7);
  CHECK(names(fixed.json()["removed"]) == lost);
  CHECK(names(fixed.json()["orphans"]) == std::vector<std::string>{"demo_alien", "demo_alien", "demo_alien_owner"});

  const auto rest = doctor({"--fix", "--include-unknown", "--yes"});
  INFO(rest.out << rest.err);
  CHECK(rest.status == 0);

  CHECK(fs::exists(fresh));
  CHECK(fs::exists(foreign_route));
  CHECK(fs::exists(foreign_file));
  CHECK(sandbox.sql("select count(*) from pg_database where datname = 'demo_foreign'").front() == "1");
  CHECK_THAT(sandbox.get("neighbour.yourapp.test"), Catch::StartsWith("200\n"));
  for (const auto& file : {fresh, foreign_route, foreign_file}) fs::remove(file);
  for (const auto* name : {"demo_foreign", "demo_lost", "demo_alien", "tctl_tpl_demo_0123456789ab_b"}) drop_database(name);
  sandbox.remove("neighbour");
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("in server_block mode --fix removes a server block that is nobody's, and nginx serves its host no longer") {
  auto& sandbox = LiveSandbox::get();
  const ServerBlockMode mode;
  sandbox.create("neighbour");
  remember_lost_tenant();
  // The neighbour's own, under the name of a tenant whose create was undone.
  auto text = read_text(mode.file_of("neighbour"));
  text = header(k_known) + text.substr(text.find('\n') + 1);
  for (auto at = text.find("neighbour"); at != std::string::npos; at = text.find("neighbour", at)) text.replace(at, 9, "lost");
  write_text(mode.file_of("lost"), text);
  mode.reload();
  REQUIRE_FALSE(sandbox.get("lost.yourapp.test").empty());

  const auto fixed = doctor({"--fix", "--yes"});

  INFO(fixed.out << fixed.err);
  CHECK(fixed.status == 0);
  CHECK(names(fixed.json()["removed"]) == std::vector<std::string>{mode.file_of("lost").string()});
  CHECK(sandbox.get("lost.yourapp.test").empty());
  CHECK_THAT(sandbox.get("neighbour.yourapp.test"), Catch::StartsWith("200\n"));
  sandbox.remove("neighbour");
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a live tenant whose route file is gone is missing it") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("roofless");
  const auto file = routes() / "api.roofless.yourapp.test";
  REQUIRE(fs::remove(file));

  const auto result = doctor();

  CHECK(result.status == 7);
  const auto report = result.json();
  CHECK(report["orphans"].empty());
  REQUIRE(report["missing"].size() == 1);
  CHECK(report["missing"][0]["name"] == file.string());
  CHECK(report["missing"][0]["slug"] == "roofless");
  sandbox.remove("roofless");
}

TEST_CASE("what a crashed create left is unfinished and no orphan, and --fix leaves it") {
  auto& sandbox = LiveSandbox::get();
  (void)sandbox.run({"create", "crashed", "--email", "a@crashed.test"}, {"TENANTCTL_FAILPOINT=database:after_effect"});
  const auto before = sandbox.inventory();
  REQUIRE_FALSE(before.empty());

  const auto result = doctor({"--fix", "--include-unknown", "--yes"});

  INFO(result.out << result.err);
  CHECK(result.status == 7);
  const auto report = result.json();
  CHECK(report["orphans"].empty());
  CHECK(report["removed"].empty());
  REQUIRE(report["unfinished"].size() == 1);
  CHECK(report["unfinished"][0]["slug"] == "crashed");
  CHECK(report["unfinished"][0]["in_progress"] == false);
  CHECK_THAT(report["unfinished"][0]["rollback"].get<std::string>(), Catch::StartsWith("tenantctl rollback "));
  CHECK(report["unfinished"][0]["things"].size() == 3);
  CHECK(sandbox.inventory() == before);
  REQUIRE(sandbox.run({"rollback", "crashed"}).status == 0);
  CHECK(doctor().status == 0);
}

TEST_CASE("without a configuration doctor says so and ends with 7") {
  const auto result = LiveSandbox::get().run({"--config", "/nowhere/tenantctl.yaml", "doctor", "-o", "json"});

  CHECK(result.status == 7);
  CHECK(result.json()["checks"][0]["check"] == "configuration");
  CHECK(result.json()["checks"][0]["ok"] == false);
}

TEST_CASE("a check of a backup that was killed is told of, and one that is at work is not; so with drafts of backups") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("checked");
  // Only where the backup is checked does the restore take long: database and roles are all there while it is stopped and killed.
  const auto database = sandbox.run({"show", "checked", "-o", "json"}).json()["tenant"]["database"].get<std::string>();
  sandbox.sql(
      "create function public.slow(n int) returns int immutable language plpgsql as $$ begin "
      "if current_database() like 'tctl\\_check%' then perform pg_sleep(3); end if; return n; end $$",
      database);
  sandbox.sql(
      "create table slow_ones (n int); insert into slow_ones values (1); create index on slow_ones (public.slow(n)); "
      "alter table slow_ones owner to " +
          database + "; alter function slow owner to " + database,
      database);
  REQUIRE(sandbox.run({"backup", "checked"}).status == 0);
  const auto draft = sandbox.dir() / "backups" /
                     ("checked-" + sandbox.run({"show", "checked", "-o", "json"}).json()["tenant"]["code"].get<std::string>()) /
                     ".draft-20261121T084709Z-1a2b3c4d";
  write_text(draft / "database.dump", "half");
  const auto restores = "psql -X -q -A -t -h '" + sandbox.dir().string() + "/run' -p " +
                        std::to_string(sandbox.status()["postgres"]["port"].get<int>()) +
                        " -U tenantctl -d postgres -c \"select count(*) from pg_stat_activity where datname like 'tctl\\_check%' and "
                        "wait_event = 'PgSleep'\"";
  const auto ran = sandbox.bash(
      "$T backups verify checked >/dev/null 2>&1 & check=$!\n"
      "for i in $(seq 400); do [ \"$(" +
      restores +
      ")\" = 1 ] && break; sleep 0.02; done\n"
      "kill -STOP $check; $T doctor -o json; kill -KILL $check; wait $check 2>/dev/null; true");
  INFO(ran.out << ran.err);
  CHECK(names(nlohmann::json::parse(ran.out)["orphans"]) == std::vector<std::string>{draft.string()});

  const auto found = doctor();

  CHECK(found.status == 7);
  const auto orphans = names(found.json()["orphans"]);
  CHECK(std::ranges::count_if(orphans, [](const auto& name) { return name.starts_with("tctl_check_"); }) >= 3);
  const auto fixed = doctor({"--fix", "--yes"});
  INFO(fixed.out << fixed.err);
  CHECK(fixed.status == 0);
  CHECK_FALSE(fs::exists(draft));
  CHECK(sandbox.is_live("checked"));
  CHECK(sandbox.run({"backups", "verify", "checked"}).status == 0);
  sandbox.remove("checked");
  CHECK(sandbox.inventory() == Inventory{});
}
