// `key` as operators and applications use it; and that a key's text is nowhere but where it was printed.
#include <catch2/catch.hpp>

#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::StartsWith;

namespace {

CliResult key(std::vector<std::string> words, const std::vector<std::string>& environment = {}) {
  words.insert(words.begin(), "key");
  words.insert(words.end(), {"-o", "json"});
  return sandbox().run(words, environment);
}

nlohmann::json issue(std::vector<std::string> words) {
  const auto made = key(std::move(words));
  INFO(made.err);
  REQUIRE(made.status == 0);
  return made.json()["key"];
}

/// "good", or the reason, as a check of the text gives it; its exit status goes along.
std::string check(const std::string& text, const std::string& tenant = "acme", const std::vector<std::string>& scopes = {}) {
  std::vector<std::string> words{"check", tenant, "--key-env", "A_KEY"};
  for (const auto& scope : scopes) words.insert(words.end(), {"--scope", scope});
  const auto result = key(words, {"A_KEY=" + text});
  INFO(result.err);
  REQUIRE((result.status == 0 || result.status == 7));
  const auto document = result.json();
  CHECK(document["good"] == (result.status == 0));
  return document["good"] ? "good" : document["reason"].get<std::string>();
}

/// Of the tenant that has the name now; deleted ones had it before.
void set_status(const std::string& status) {
  sandbox().sql("update tenants set status = '" + status + "' where slug = 'acme' and status <> 'deleted'", "tenantctl");
}

}  // namespace

TEST_CASE("a key is good for its tenant and its scopes until it is revoked") {
  sandbox().create("acme");
  sandbox().create("beta");
  const auto made = issue({"create", "acme", "--scope", "read", "--scope", "write"});
  const auto text = made["key"].get<std::string>();
  const auto id = made["id"].get<std::string>();

  CHECK_THAT(text, StartsWith("tctl_" + id + "_"));
  CHECK(check(text) == "good");
  CHECK(check(text, "acme", {"read", "write"}) == "good");
  CHECK(check(text, "acme", {"admin"}) == "scope_missing");
  CHECK(check(text, "beta") == "other_tenant");
  CHECK(check(text.substr(0, text.size() - 2) + (text.ends_with("aa") ? "ba" : "aa")) == "unknown");
  CHECK(check("nonsense") == "unknown");
  CHECK_FALSE(key({"list", "acme"}).json()["keys"][0]["last_used_at"].is_null());
  CHECK(key({"list", "beta"}).json()["keys"].empty());
  CHECK(key({"revoke", "beta", id}).status == 4);
  CHECK(key({"revoke", "acme", id}).status == 0);
  CHECK(key({"revoke", "acme", id}).status == 0);
  CHECK(check(text) == "revoked");
  CHECK(key({"rotate", "acme", id}).status == 5);
  CHECK(key({"list", "acme"}).json()["keys"][0]["state"] == "revoked");
  sandbox().remove("acme");
  sandbox().remove("beta");
  CHECK(sandbox().sql("select count(*) from api_keys", "tenantctl").front() == "0");
}

TEST_CASE("a rotated key has a new secret, and the old one lives as long as its grace") {
  sandbox().create("acme");
  const auto first = issue({"create", "acme"});
  const auto id = first["id"].get<std::string>();
  const auto second = issue({"rotate", "acme", id});
  CHECK(check(first["key"]) == "good");
  CHECK(check(second["key"]) == "good");

  const auto third = issue({"rotate", "acme", id, "--grace", "0"});

  CHECK(check(first["key"]) == "unknown");
  CHECK(check(second["key"]) == "unknown");
  CHECK(check(third["key"]) == "good");
  CHECK(key({"rotate", "acme", id, "--grace", "soon"}).status == 2);
  sandbox().remove("acme");
}

TEST_CASE("a key that has expired, or whose tenant is not active, is refused") {
  sandbox().create("acme");
  const auto brief = issue({"create", "acme", "--expires", "2s"})["key"].get<std::string>();
  const auto lasting = issue({"create", "acme", "--expires", "90d"})["key"].get<std::string>();
  CHECK(check(lasting) == "good");

  CHECK(key({"create", "acme", "--expires", "2020-01-01"}).status == 2);
  CHECK(key({"create", "acme", "--scope", "Bad Scope"}).status == 2);
  sandbox().sql("select pg_sleep(2)");
  CHECK(check(brief) == "expired");
  set_status("suspended");
  CHECK(check(lasting) == "tenant_suspended");
  set_status("cancelled");
  CHECK(check(lasting) == "tenant_not_active");
  CHECK(key({"create", "acme"}).status == 5);
  set_status("active");
  CHECK(check(lasting) == "good");
  sandbox().remove("acme");
}

TEST_CASE("a key is read from standard input, a file or the environment, and never from the command line") {
  sandbox().create("acme");
  const auto text = issue({"create", "acme"})["key"].get<std::string>();
  const auto file = sandbox().dir() / "a.key";
  write_text(file, text + "\n");

  CHECK(key({"check", "acme", "--key-file", file.string()}).status == 0);
  CHECK(key({"check", "acme", "--key-env", "A_KEY"}, {"A_KEY=" + text}).status == 0);
  CHECK(sandbox().bash("$T key check acme <'" + file.string() + "'").status == 0);
  CHECK(sandbox().bash("printf %s \"$(cat '" + file.string() + "')\" | $T key check acme").out == "the key is good\n");
  CHECK(sandbox().bash("$T key check acme </dev/null").status == 3);
  CHECK(key({"check", "acme", "--key-env", "NOT_SET_AT_ALL"}).status == 3);
  CHECK(key({"check", "acme", "--key-file", "/nonexistent"}).status == 3);
  const auto on_the_line = key({"check", "acme", text});
  CHECK(on_the_line.status == 2);
  std::filesystem::remove(file);
  sandbox().remove("acme");
}

TEST_CASE("a key's text is in the one answer that prints it, and in no log, table, list or file") {
  sandbox().create("acme");
  const auto made = issue({"create", "acme", "--scope", "read"});
  const auto rotated = issue({"rotate", "acme", made["id"]});
  std::vector<std::string> secrets;
  for (const auto& each : {made, rotated}) {
    const auto text = each["key"].get<std::string>();
    CHECK(check(text) == "good");
    secrets.push_back(text.substr(text.rfind('_') + 1));
  }
  REQUIRE(key({"revoke", "acme", made["id"]}).status == 0);

  std::string said =
      key({"list", "acme"}).out + sandbox().run({"audit", "acme", "-o", "json"}).out + sandbox().run({"show", "acme", "-o", "json"}).out;
  for (const auto& table : sandbox().sql("select tablename from pg_tables where schemaname = 'public'", "tenantctl")) {
    for (const auto& row : sandbox().sql("select t::text from \"" + table + "\" t", "tenantctl")) said += row + "\n";
  }
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(sandbox().dir(), std::filesystem::directory_options::skip_permission_denied)) {
    if (entry.path().extension() == ".log") said += read_text(entry.path());
  }

  CHECK(said.find(made["id"].get<std::string>()) != std::string::npos);  // it was looked at at all
  for (const auto& secret : secrets) CHECK(said.find(secret) == std::string::npos);
  const auto actions = sandbox().sql(
      "select string_agg(action, ' ' order by id) from audit_log where action like 'key%' and slug = 'acme' and details ->> 'key' = '" +
          made["id"].get<std::string>() + "'",
      "tenantctl");
  CHECK(actions.front() == "key_create.succeeded key_rotate.succeeded key_revoke.succeeded");
  sandbox().remove("acme");
}
