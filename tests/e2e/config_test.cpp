// `config` as operators use it: what is set reaches the application, and what could not reach it is known.
#include <catch2/catch.hpp>

#include "support/changed_config.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

CliResult config(std::vector<std::string> words) {
  words.insert(words.begin(), "config");
  words.insert(words.end(), {"-o", "json"});
  return sandbox().run(words);
}

/// The value in the tenant's own table, as its application reads it; "-" where there is none.
std::string at_the_application(const nlohmann::json& tenant, const std::string& key) {
  const auto schema = tenant["schema"].get<std::string>();
  const auto table = schema.empty() ? std::string("tenantctl.settings") : schema + ".tenantctl_settings";
  const auto rows = sandbox().sql("select value from " + table + " where key = '" + key + "'", tenant["database"]);
  return rows.empty() ? "-" : rows.front();
}

/// The sandbox's stack "demo" gives its tenants' applications a file, for as long as this lives.
ConfigInUse file_stack() { return ConfigInUse(config_with_demo_keys(k_configuration_in_file)); }

std::filesystem::path configuration_file(const std::string& slug) {
  return sandbox().dir() / "credentials" / "demo" / (slug + ".config.json");
}

nlohmann::json in_file(const std::string& slug) { return nlohmann::json::parse(read_text(configuration_file(slug))); }

void check_life(const std::vector<std::string>& more) {
  const auto tenant = sandbox().create("acme", more)["tenant"];

  const auto set = config({"set", "acme", "branding.primary_color", "#AABBCC"});
  INFO(set.err);
  REQUIRE(set.status == 0);
  CHECK(set.json()["version"] == 1);
  CHECK(set.json()["given_version"] == 1);
  CHECK(at_the_application(tenant, "branding.primary_color") == "#aabbcc");
  CHECK(at_the_application(tenant, "configuration_version") == "1");
  CHECK(config({"set", "acme", "features.reports", "on"}).status == 0);
  CHECK(config({"set", "acme", "currency", "USD"}).status == 0);
  CHECK(at_the_application(tenant, "features.reports") == "true");
  CHECK(config({"get", "acme", "features.reports"}).json()["value"] == true);
  CHECK(sandbox().run({"config", "get", "acme", "currency"}).out == "USD\n");

  CHECK(config({"unset", "acme", "currency"}).json()["version"] == 4);
  CHECK(at_the_application(tenant, "currency") == "-");
  CHECK(at_the_application(tenant, "slug") == "acme");
  CHECK(config({"get", "acme", "currency"}).status == 4);
  CHECK(config({"get", "acme", "currency"}).error()["code"] == "key_not_found");
  const auto listed = config({"list", "acme"}).json();
  CHECK(listed["configuration"] == nlohmann::json{{"branding.primary_color", "#aabbcc"}, {"features.reports", true}});
  const auto history = config({"history", "acme"}).json()["changes"];
  REQUIRE(history.size() == 4);
  CHECK(history[0]["from"] == "USD");
  CHECK(history[0]["to"].is_null());
  CHECK(history[1]["from"] == "EUR");
  CHECK(sandbox().run({"audit", "acme", "-o", "json"}).json()["entries"][0]["action"] == "config_unset.succeeded");
  sandbox().remove("acme");
  CHECK(sandbox().inventory().empty());
}

}  // namespace

TEST_CASE("what is configured reaches a tenant's own database, and what is unset leaves it") { check_life({"--set", "currency=EUR"}); }

TEST_CASE("what is configured reaches a tenant's own schema, and what is unset leaves it") {
  check_life({"--stack", "shared", "--set", "currency=EUR"});
}

TEST_CASE("a repeated set or unset is a success and no new version, and a version that has moved is a conflict") {
  sandbox().create("acme");
  REQUIRE(config({"set", "acme", "currency", "EUR"}).status == 0);

  CHECK(config({"set", "acme", "currency", "EUR"}).json()["version"] == 1);
  CHECK(config({"unset", "acme", "nothing"}).json()["version"] == 1);
  CHECK(config({"set", "acme", "currency", "USD", "--if-version", "1"}).status == 0);
  const auto late = config({"set", "acme", "currency", "GBP", "--if-version", "1"});
  CHECK(late.status == 5);
  CHECK_THAT(late.error()["message"].get<std::string>(), Contains("at version 2, not 1"));
  CHECK(sandbox().run({"config", "get", "acme", "currency"}).out == "USD\n");
  sandbox().remove("acme");
}

TEST_CASE("of sets that meet, none is lost") {
  sandbox().create("acme");

  const auto ran =
      sandbox().bash("for i in 1 2 3 4 5 6; do $T -q config set acme \"key$i\" \"$i\" --lock-wait 30s >/dev/null & done; wait");

  INFO(ran.err);
  const auto listed = config({"list", "acme"}).json();
  CHECK(listed["version"] == 6);
  CHECK(listed["given_version"] == 6);
  CHECK(listed["configuration"].size() == 6);
  sandbox().remove("acme");
}

TEST_CASE("a value that its key does not allow is refused with the type, and nothing is touched") {
  sandbox().create("acme");

  const auto refused = config({"set", "acme", "branding.primary_color", "red"});
  CHECK(refused.status == 2);
  CHECK_THAT(refused.error()["hint"].get<std::string>(), Contains("#1a2b3c"));
  CHECK(config({"set", "acme", "limits.users", "100"}).status == 2);
  CHECK(config({"set", "acme", "tenant_id", "x"}).status == 2);
  CHECK(config({"set", "nobody", "currency", "EUR"}).status == 4);
  CHECK(sandbox().run({"create", "other", "--email", "a@b.test", "--set", "features.reports=maybe"}).status == 2);
  CHECK(config({"list", "acme"}).json()["version"] == 0);
  sandbox().remove("acme");
}

TEST_CASE("what could not reach the application is told by set, doctor and verify, and mended by the next command") {
  const auto tenant = sandbox().create("acme")["tenant"];
  const auto database = tenant["database"].get<std::string>();
  sandbox().sql("alter table tenantctl.settings rename to settings_away", database);

  const auto set = config({"set", "acme", "currency", "EUR"});
  const auto doctor = sandbox().run({"doctor", "-o", "json"});
  const auto verify = sandbox().run({"verify", "acme", "-o", "json"});
  sandbox().sql("alter table tenantctl.settings_away rename to settings", database);

  CHECK(set.status == 10);
  CHECK_THAT(set.error()["hint"].get<std::string>(), Contains("tenantctl config push acme"));
  CHECK(doctor.status == 7);
  CHECK_THAT(doctor.out, Contains("at version 1, and its application has 0"));
  CHECK(verify.status == 7);
  CHECK_THAT(verify.out, Contains("it is at version 1, and the application has 0"));
  CHECK(at_the_application(tenant, "currency") == "-");
  REQUIRE(config({"set", "acme", "currency", "EUR"}).status == 0);  // the same again: no new version, but given now
  CHECK(at_the_application(tenant, "currency") == "EUR");
  CHECK(config({"list", "acme"}).json()["version"] == 1);
  CHECK(sandbox().run({"verify", "acme"}).status == 0);
  sandbox().remove("acme");
}

TEST_CASE("what was changed by hand at the application is noticed by verify, and given back by a push") {
  const auto tenant = sandbox().create("acme")["tenant"];
  REQUIRE(config({"set", "acme", "currency", "EUR"}).status == 0);
  sandbox().sql("update tenantctl.settings set value = 'XXX' where key = 'currency'", tenant["database"]);

  const auto verify = sandbox().run({"verify", "acme", "-o", "json"});
  CHECK(verify.status == 7);
  CHECK_THAT(verify.out, Contains("the application has another \\\"currency\\\" than what is recorded"));
  CHECK(config({"push", "acme"}).status == 0);

  CHECK(at_the_application(tenant, "currency") == "EUR");
  sandbox().remove("acme");
}

TEST_CASE("a set that is killed between its record and the application is mended by a push") {
  const auto tenant = sandbox().create("acme")["tenant"];

  const auto killed = sandbox().run({"config", "set", "acme", "currency", "EUR"}, {"TENANTCTL_FAILPOINT=config:after_mark"});

  REQUIRE(killed.status == k_killed);
  CHECK(at_the_application(tenant, "currency") == "-");
  const auto listed = sandbox().run({"config", "list", "acme"});
  CHECK_THAT(listed.out, Contains("version 1; the application has 0: run \"tenantctl config push acme\""));
  CHECK(sandbox().run({"verify", "acme"}).status == 7);
  CHECK(config({"push", "acme"}).status == 0);
  CHECK(at_the_application(tenant, "currency") == "EUR");
  CHECK(sandbox().run({"verify", "acme"}).status == 0);
  sandbox().remove("acme");
}

TEST_CASE("a set that was stopped while another one went on takes nothing back") {
  const auto tenant = sandbox().create("acme")["tenant"];

  const auto ran = sandbox().bash(
      "TENANTCTL_FAILPOINT=config:after_mark@stop $T -q config set acme currency OLD >/dev/null 2>&1 & slow=$!\n"
      "for i in $(seq 100); do [ \"$(ps -o stat= -p $slow | cut -c1)\" = T ] && break; sleep 0.1; done\n"
      // Its lock goes with its connection.
      "psql -X -q -h '" +
      sandbox().dir().string() + "/run' -p " + std::to_string(sandbox().status()["postgres"]["port"].get<int>()) +
      " -U tenantctl -d tenantctl -c \"select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted\" "
      ">/dev/null\n"
      "$T -q config set acme currency NEW >/dev/null || exit 9\n"
      "kill -CONT $slow; wait $slow; true");

  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(at_the_application(tenant, "currency") == "NEW");
  CHECK(at_the_application(tenant, "configuration_version") == "2");
  CHECK(config({"list", "acme"}).json()["given_version"] == 2);
  sandbox().remove("acme");
}

TEST_CASE("a tenant that is not whole is not configured") {
  REQUIRE(sandbox().run({"create", "half", "--email", "a@half.test"}, {"TENANTCTL_FAILPOINT=roles:after_effect"}).status == k_killed);

  const auto set = config({"set", "half", "currency", "EUR"});

  CHECK(set.status == 5);
  CHECK_THAT(set.error()["hint"].get<std::string>(), Contains("tenantctl resume half"));
  CHECK(config({"list", "half"}).status == 0);
  CHECK(sandbox().run({"rollback", "half", "--yes"}).status == 0);
  CHECK(sandbox().inventory().empty());
}

TEST_CASE("where the stack says so, what is configured reaches a file, from the create on, and goes with the tenant") {
  const auto stack = file_stack();
  const auto tenant = sandbox().create("acme", {"--set", "currency=EUR"})["tenant"];

  CHECK(in_file("acme")["version"] == 0);
  CHECK(in_file("acme")["configuration"] == nlohmann::json{{"currency", "EUR"}});
  CHECK(in_file("acme")["tenant_id"] == tenant["id"]);
  CHECK((std::filesystem::status(configuration_file("acme")).permissions() & std::filesystem::perms::mask) == std::filesystem::perms(0600));
  CHECK(at_the_application(tenant, "currency") == "-");
  CHECK(at_the_application(tenant, "slug") == "acme");
  REQUIRE(config({"set", "acme", "features.reports", "on"}).json()["given_version"] == 1);
  REQUIRE(config({"unset", "acme", "currency"}).status == 0);
  CHECK(in_file("acme")["version"] == 2);
  CHECK(in_file("acme")["configuration"] == nlohmann::json{{"features.reports", true}});
  CHECK(sandbox().run({"verify", "acme"}).status == 0);
  CHECK(sandbox().run({"doctor"}).status == 0);
  sandbox().remove("acme");
  CHECK_FALSE(std::filesystem::exists(configuration_file("acme")));
  CHECK(sandbox().inventory().empty());
}

TEST_CASE("a file that was changed or removed by hand is noticed by verify and doctor, and given back by a push") {
  const auto stack = file_stack();
  sandbox().create("acme", {"--set", "currency=EUR"});
  auto text = read_text(configuration_file("acme"));
  write_text(configuration_file("acme"), text.replace(text.find("EUR"), 3, "XXX"));

  CHECK_THAT(sandbox().run({"verify", "acme", "-o", "json"}).out, Contains("another \\\"currency\\\""));
  REQUIRE(config({"push", "acme"}).status == 0);
  CHECK(in_file("acme")["configuration"]["currency"] == "EUR");
  std::filesystem::remove(configuration_file("acme"));
  CHECK(sandbox().run({"verify", "acme"}).status == 7);
  const auto doctor = sandbox().run({"doctor", "-o", "json"});
  CHECK(doctor.status == 7);
  CHECK_THAT(doctor.out, Contains("configuration_file"));
  REQUIRE(config({"push", "acme"}).status == 0);
  CHECK(sandbox().run({"doctor"}).status == 0);
  sandbox().remove("acme");
}

TEST_CASE("a create or set that is killed around the file leaves what a rollback or push puts right") {
  const auto stack = file_stack();
  const auto when = GENERATE("configuration:before_effect", "configuration:after_effect", "configuration:after_mark");
  REQUIRE(sandbox()
              .run({"create", "half", "--email", "a@half.test", "--set", "currency=EUR"}, {std::string("TENANTCTL_FAILPOINT=") + when})
              .status == k_killed);
  REQUIRE(sandbox().run({"rollback", "half", "--yes"}).status == 0);  // its mark is written with the create's end
  CHECK(sandbox().inventory().empty());

  REQUIRE(sandbox()
              .run({"create", "half", "--email", "a@half.test", "--set", "currency=EUR"}, {std::string("TENANTCTL_FAILPOINT=") + when})
              .status == k_killed);
  REQUIRE(sandbox().run({"resume", "half"}).status == 0);
  CHECK(in_file("half")["configuration"]["currency"] == "EUR");
  REQUIRE(sandbox().run({"config", "set", "half", "currency", "USD"}, {"TENANTCTL_FAILPOINT=config:after_mark"}).status == k_killed);
  CHECK(in_file("half")["configuration"]["currency"] == "EUR");
  REQUIRE(config({"push", "half"}).status == 0);
  CHECK(in_file("half")["configuration"]["currency"] == "USD");
  sandbox().remove("half");
  CHECK(sandbox().inventory().empty());
}

TEST_CASE("a clone, a restore and a deletion care for a tenant's configuration file") {
  const auto stack = file_stack();
  sandbox().create("acme", {"--set", "currency=EUR"});
  REQUIRE(sandbox().run({"backup", "acme"}).status == 0);
  REQUIRE(config({"set", "acme", "currency", "USD"}).status == 0);

  REQUIRE(sandbox().run({"clone", "acme", "acme-two"}).status == 0);
  REQUIRE(sandbox().run({"restore", "acme", "--from", "newest", "--drop-old", "--yes"}).status == 0);

  CHECK(in_file("acme-two")["configuration"]["currency"] == "USD");
  CHECK(in_file("acme-two")["slug"] == "acme-two");
  CHECK(in_file("acme")["configuration"]["currency"] == "USD");
  REQUIRE(sandbox().run({"delete", "acme", "--yes"}).status == 0);
  sandbox().free_names();
  CHECK_FALSE(std::filesystem::exists(configuration_file("acme")));
  sandbox().remove("acme-two");
  CHECK(sandbox().inventory().empty());
}
