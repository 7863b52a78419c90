// Tenants are served by https: the real binary, a real nginx, certbot and a real ACME authority, looked at by openssl and curl.
#include <catch2/catch.hpp>

#include <chrono>

#include "support/background.hpp"
#include "support/bind_zone.hpp"
#include "support/https_mode.hpp"
#include "support/server_block_mode.hpp"
#include "support/smtp_sink.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

/// No certificate, and nothing else, is left of what was made since.
struct HttpsInUse {
  explicit HttpsInUse(HttpsMode::Options options = {}) : https(std::move(options)) {}
  HttpsInUse(const HttpsInUse&) = delete;
  HttpsInUse& operator=(const HttpsInUse&) = delete;
  ~HttpsInUse() {
    CHECK(LiveSandbox::get().inventory() == Inventory{});
    LiveSandbox::get().free_names();
  }
  HttpsMode https;
};

const std::vector<std::string> k_create{"create", "safe-a", "--email", "admin@safe.test"};

nlohmann::json certificate_of(const std::string& tenant) {
  const auto listed = LiveSandbox::get().run({"certs", "list", tenant, "-o", "json"}).json().at("certificates");
  return listed.empty() ? nlohmann::json() : listed.at(0);
}

void check_is_served(const HttpsMode& https, const std::string& slug) {
  for (const auto& host : {slug + ".yourapp.test", "api." + slug + ".yourapp.test"}) {
    const auto shown = https.shown(host);
    CHECK(shown.verification == "OK");
    CHECK_THAT(shown.subject_names, Contains("DNS:" + slug + ".yourapp.test") && Contains("DNS:api." + slug + ".yourapp.test"));
    CHECK_THAT(https.get(host), Catch::StartsWith("200\n") && Contains(slug));
  }
}

void check_life_of_a_certificate(const std::string& mode) {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use({.mode = mode});
  auto& https = in_use.https;

  const auto made = sandbox.run(k_create);

  INFO(made.err);
  REQUIRE(made.status == 0);
  CHECK_THAT(made.err, Contains("\"safe-a.yourapp.test\" has a certificate until"));
  check_is_served(https, "safe-a");
  const auto serial = https.shown("safe-a.yourapp.test").serial;
  CHECK(https.authority().status_of(serial) == "Valid");
  // By http visitors are sent on, but for the authority.
  CHECK_THAT(https.header_by_http("safe-a.yourapp.test", "/a?b=c"),
             Contains("301") && Contains("https://safe-a.yourapp.test:" + std::to_string(https.port()) + "/a?b=c"));
  CHECK(https.header_by_http("safe-a.yourapp.test", "/.well-known/acme-challenge/x").empty());
  // What the tool asks goes the same way.
  const auto health = sandbox.run({"verify", "safe-a"});
  INFO(health.out);
  CHECK(health.status == 0);
  CHECK_THAT(health.out, Contains("good until 2"));
  const auto known = certificate_of("safe-a");
  CHECK(known["state"] == "issued");
  CHECK(known["not_after"].is_string());
  CHECK_THAT(sandbox.run({"show", "safe-a"}).out, Contains("certificate") && Contains("until 2"));

  // A tenant that is closed says so by https too, and its proof is still given.
  CHECK(sandbox.run({"suspend", "safe-a", "--no-backup"}).status == 0);
  CHECK_THAT(https.get("safe-a.yourapp.test"), Catch::StartsWith("403\n"));
  const auto renewed = sandbox.run({"certs", "renew", "safe-a", "--force"});
  INFO(renewed.out << renewed.err);
  CHECK(renewed.status == 0);
  CHECK(https.shown("safe-a.yourapp.test").serial != serial);
  CHECK(sandbox.run({"activate", "safe-a"}).status == 0);
  check_is_served(https, "safe-a");
  const auto last = https.shown("safe-a.yourapp.test").serial;

  const auto gone = sandbox.run({"delete", "safe-a", "--no-backup", "--yes", "-o", "json"});

  INFO(gone.err);
  CHECK(gone.status == 0);
  CHECK(https.authority().status_of(last) == "Revoked");
  CHECK(https.shown("safe-a.yourapp.test").verification.empty());
  CHECK(sandbox.run({"doctor"}).status == 0);
}

}  // namespace

TEST_CASE("a tenant is served by https once it is live, renewed while it is suspended, and leaves nothing", "[tls]") {
  check_life_of_a_certificate("routes");
}

TEST_CASE("the same with a server block for each tenant", "[tls]") { check_life_of_a_certificate("server_block"); }

TEST_CASE("a name that has no certificate gets no handshake, and one host's connection is not another's", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use;
  auto& https = in_use.https;
  sandbox.create("safe-a");
  sandbox.create("safe-b");

  CHECK(https.shown("nobody.yourapp.test").verification.empty());
  CHECK(https.shown("elsewhere.test").verification.empty());
  CHECK_THAT(https.get("safe-b.yourapp.test", "safe-a.yourapp.test"), Catch::StartsWith("421\n"));
  CHECK_THAT(https.get("elsewhere.test", "safe-a.yourapp.test"), Catch::StartsWith("421\n"));
  CHECK_THAT(https.get("safe-a.yourapp.test"), Catch::StartsWith("200\n"));
  sandbox.remove("safe-a");
  sandbox.remove("safe-b");
}

TEST_CASE("keys are read by nginx and by nobody else", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use;
  sandbox.create("safe-a");

  const auto modes =
      sandbox.bash("cd " + sandbox.dir().string() + " && stat -c '%a %U' nginx/tenantctl/certs/*.pem | sort -u && stat -c %a tls");

  const std::string mode = in_use.https.key_group().empty() ? "600 " : "640 ";
  CHECK(modes.out == mode + sandbox.bash("stat -c %U " + (sandbox.dir() / "nginx/tenantctl").string()).out + "700\n");
  sandbox.remove("safe-a");
}

TEST_CASE("while the authority is down a tenant is live by http, its certificate is pending, and comes once it is back", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use({.authority = {.http_port = 0, .starts = false}});

  const auto made = sandbox.run(k_create);

  INFO(made.err);
  CHECK(made.status == 0);
  CHECK_THAT(made.err, Contains("has no certificate yet") && Contains("the authority can't be reached") && Contains("certs renew"));
  CHECK(sandbox.is_live("safe-a"));
  const auto known = certificate_of("safe-a");
  CHECK(known["state"] == "pending");
  CHECK(known["tries"] == 1);
  CHECK_THAT(known["problem"].get<std::string>(), Contains("can't be reached"));
  const auto health = sandbox.run({"verify", "safe-a"});
  CHECK(health.status == 7);
  CHECK_THAT(health.out, Contains("tenantctl certs retry safe-a"));
  // It is tried again later, unless somebody says otherwise.
  CHECK(sandbox.run({"certs", "renew"}).out.empty());
  const auto in_vain = sandbox.run({"certs", "retry"});
  CHECK(in_vain.status == 9);

  in_use.https.authority().start();
  const auto retried = sandbox.run({"certs", "retry", "safe-a"});

  INFO(retried.out << retried.err);
  CHECK(retried.status == 0);
  check_is_served(in_use.https, "safe-a");
  sandbox.remove("safe-a");
}

TEST_CASE("what the authority has against a name is told in its own words", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  // A nameserver that knows no such name.
  HttpsInUse in_use({.authority = {.http_port = 0, .dns = shared_bind().address()}});

  const auto made = sandbox.run(k_create);

  CHECK(made.status == 0);
  const auto known = certificate_of("safe-a");
  INFO(known.dump(1));
  CHECK_THAT(known["problem"].get<std::string>(), Contains("safe-a.yourapp.test") && Contains("could not resolve"));
  CHECK(sandbox.run({"certs", "retry", "safe-a"}).status == 1);
  sandbox.remove("safe-a");
}

TEST_CASE("more certificates than the authority's budget allows wait for it, with the time when it does", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use({.more = ", weekly: 1"});
  sandbox.sql("delete from certificate_orders", "tenantctl");

  const auto made = sandbox.run({"bulk-create", "--count", "3", "--prefix", "safe", "--email", "admin@safe.test", "-o", "json"});

  INFO(made.err);
  CHECK(made.status == 0);
  const auto listed = sandbox.run({"certs", "list", "--pending", "-o", "json"}).json().at("certificates");
  CHECK(listed.size() == 2);
  const auto hours =
      sandbox.sql("select (extract(epoch from '" + listed.at(0)["expected_at"].get<std::string>() + "'::timestamptz - now()) / 3600)::int");
  CHECK((hours.at(0) == "168" || hours.at(0) == "336"));  // a week, and two
  CHECK(sandbox.run({"certs", "retry"}).out.empty());
  CHECK(sandbox.run({"certs", "retry", listed.at(0)["tenant"].get<std::string>()}).status == 8);
  for (const auto* slug : {"safe-1", "safe-2", "safe-3"}) sandbox.remove(slug);
  sandbox.sql("delete from certificate_orders", "tenantctl");
}

TEST_CASE("tenants that were made without get certificates when they are asked for, and a rollback is told to be a deletion", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create("safe-a");
  HttpsInUse in_use;
  CHECK_THAT(sandbox.run({"verify", "safe-a"}).out, Contains("none was asked for") && Contains("tenantctl certs request safe-a"));

  const auto asked = sandbox.run({"certs", "request", "--all"});

  INFO(asked.out << asked.err);
  CHECK(asked.status == 0);
  check_is_served(in_use.https, "safe-a");
  const auto undone = sandbox.run({"rollback", "safe-a", "--yes", "-o", "json"});
  CHECK(undone.status == 5);
  CHECK_THAT(undone.error()["hint"].get<std::string>(), Contains("tenantctl delete safe-a"));
  CHECK(sandbox.run({"delete", "safe-a", "--no-backup", "--yes"}).status == 0);
}

TEST_CASE("a file of somebody else's in a certificate's place stays as it is", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use({.authority = {.http_port = 0, .starts = false}});
  const auto file = sandbox.dir() / "nginx/tenantctl/certs/safe-a.yourapp.test.pem";
  REQUIRE(sandbox.run(k_create).status == 0);
  std::filesystem::create_directories(file.parent_path());
  write_text(file, "mine\n");
  in_use.https.authority().start();

  CHECK(sandbox.run({"certs", "retry"}).status == 1);

  CHECK_THAT(certificate_of("safe-a")["problem"].get<std::string>(), Contains("a file of another's"));
  CHECK(read_text(file) == "mine\n");
  sandbox.remove("safe-a");
  CHECK(read_text(file) == "mine\n");
  std::filesystem::remove(file);
}

TEST_CASE("where nginx can't read the key, its tenant stays with http, and is told why", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use;
  if (in_use.https.key_group().empty()) return;  // nginx is who we are, and reads what we read
  const auto without_group =
      changed_config("without_group.yaml", {{", key_group: " + in_use.https.key_group(), ""}}, in_use.https.config());

  const auto made = sandbox.run({"--config", without_group.string(), "create", "safe-a", "--email", "admin@safe.test"});

  CHECK(made.status == 0);
  CHECK_THAT(made.err, Contains("has no certificate yet") && Contains("set tls.key_group"));
  CHECK(sandbox.is_live("safe-a"));
  CHECK(in_use.https.shown("safe-a.yourapp.test").verification.empty());
  CHECK(sandbox.run({"certs", "retry"}).status == 0);
  check_is_served(in_use.https, "safe-a");
  sandbox.remove("safe-a");
}

TEST_CASE("an authority that refuses every second request gives every certificate all the same", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use({.authority = {.http_port = 0, .refused_nonces = 50}});

  for (const std::string slug : {"safe-a", "safe-b", "safe-c"}) {
    sandbox.create(slug);
    check_is_served(in_use.https, slug);
  }
  for (const std::string slug : {"safe-a", "safe-b", "safe-c"}) sandbox.remove(slug);
}

TEST_CASE("by records in a zone a certificate is for every host below the tenant's, and its proofs do not stay", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  HttpsInUse in_use({.more = ", challenge: dns",
                     .authority = {.http_port = 0, .dns = shared_bind().address()},
                     .changes = {{"dns: { provider: wildcard }", "dns: " + shared_bind().config()}}});

  REQUIRE(sandbox.run(k_create).status == 0);

  INFO(certificate_of("safe-a").dump(1));
  const auto shown = in_use.https.shown("api.safe-a.yourapp.test");
  CHECK(shown.verification == "OK");
  CHECK_THAT(shown.subject_names, Contains("DNS:*.safe-a.yourapp.test") && Contains("DNS:safe-a.yourapp.test"));
  CHECK(in_use.https.shown("safe-a.yourapp.test").verification == "OK");
  CHECK(shared_bind().dig("_acme-challenge.safe-a.yourapp.test", "TXT").empty());
  CHECK(sandbox.run({"delete", "safe-a", "--no-backup", "--yes"}).status == 0);
  CHECK(shared_bind().zone() == std::vector<std::string>{});
}

TEST_CASE("a proof is shown for certbot alone, and for a host of ours", "[tls]") {
  auto& sandbox = LiveSandbox::get();
  const ConfigInUse in_use(changed_config("zone.yaml", {{"dns: { provider: wildcard }", "dns: " + shared_bind().config()}}));
  CHECK(sandbox.run({"certs", "proof", "put"}).status == 3);
  CHECK(sandbox.run({"certs", "proof", "put"}, {"CERTBOT_DOMAIN=evil.test", "CERTBOT_VALIDATION=x"}).status == 2);
  CHECK(sandbox.run({"certs", "proof", "put"}, {"CERTBOT_DOMAIN=a.yourapp.test", "CERTBOT_VALIDATION=x y"}).status == 2);
  CHECK(sandbox.run({"certs", "proof", "show"}, {"CERTBOT_DOMAIN=a.yourapp.test", "CERTBOT_VALIDATION=x"}).status == 2);
  CHECK(shared_bind().zone() == std::vector<std::string>{});
}

TEST_CASE("a tenant gets everything at once: records in a real zone, a certificate by them, and a mail; and nothing of it is left",
          "[tls]") {
  auto& sandbox = LiveSandbox::get();
  SmtpSink sink;
  const auto dns = shared_bind().config("[\"127.0.0.1\"]");
  HttpsInUse in_use(
      {.authority = {.http_port = 0, .dns = shared_bind().address()},
       .changes = {{"dns: { provider: wildcard }", "dns: " + dns + "\nmail: { smtp: \"" + sink.url() + "\", from: hello@yourapp.test }"}}});

  const auto made = sandbox.run(k_create);

  INFO(made.err);
  REQUIRE(made.status == 0);
  CHECK(shared_bind().dig("safe-a.yourapp.test", "A") == std::vector<std::string>{"127.0.0.1"});
  check_is_served(in_use.https, "safe-a");
  CHECK(sink.mails().size() == 1);
  CHECK(sandbox.run({"verify", "safe-a"}).status == 0);

  CHECK(sandbox.run({"delete", "safe-a", "--no-backup", "--yes"}).status == 0);
  CHECK(shared_bind().zone() == std::vector<std::string>{});
}
