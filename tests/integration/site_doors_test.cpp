// A bench looked at from its own host, here and through a real sshd: real MariaDB and Redis, the stand-in for bench. The holes between
// sites: tests/fault/planted_site_holes_test.cpp.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/frappe/shell_site_doors.hpp"
#include "support/bench_worker.hpp"
#include "support/free_port.hpp"
#include "support/redis_server.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

/// Runs what it is given, and keeps what was said.
class ListeningShell : public Shell {
 public:
  explicit ListeningShell(Shell& shell) : shell_(shell) {}
  Result<ShellOutcome> run(const ShellCommand& command) override {
    auto outcome = shell_.run(command);
    if (outcome) heard += outcome->out + outcome->err;
    for (const auto& word : command.argv) heard += word;
    return outcome;
  }
  std::string heard;

 private:
  Shell& shell_;
};

/// Two sites of tenants, and a third that an administrator has made by hand.
struct ThreeSites {
  ThreeSites() {
    for (const auto& site : {acme, globex}) require_done(worker.bench.make_site(site, ""));
    write_text(host.site("by-hand.test") / "site_config.json", R"({"db_name": "mysql", "db_password": "x"})");
  }
  ~ThreeSites() {
    for (const auto& site : {acme, globex}) (void)worker.bench.drop_site(site);
  }
  ThreeSites(const ThreeSites&) = delete;
  ThreeSites& operator=(const ThreeSites&) = delete;

  BenchQuestion question() const {
    return {.bench = host.bench().string(),
            .tenants = {acme.name, globex.name},
            .subjects = {{"api.acme.test", {"api.globex.test"}}},
            .jobs = 2};
  }
  nlohmann::json config(const std::string& site) const { return nlohmann::json::parse(read_text(host.site(site) / "site_config.json")); }
  void set_common(const std::string& key, const std::string& value) const {
    const auto file = host.bench() / "sites/common_site_config.json";
    auto values = nlohmann::json::parse(read_text(file));
    values[key] = value;
    write_text(file, values.dump());
  }

  BenchHost host;
  LocalShell shell;
  Worker worker{host, shell};
  FrappeSite acme = site_on(host, "api.acme.test", "erp_doors_a");
  FrappeSite globex = site_on(host, "api.globex.test", "erp_doors_b");
};

SeenBench seen_by(Shell& shell, const ThreeSites& sites, const BenchQuestion& question) {
  auto seen = ShellSiteDoors(access_to(sites.host), shell).look(question);
  if (!seen) throw std::runtime_error(full_message(seen.error()));
  return std::move(*seen);
}

SeenService redis_at(const std::string& url) {
  const ThreeSites sites;
  sites.set_common("redis_cache", url);
  LocalShell shell;
  return seen_by(shell, sites, sites.question()).services.at(1);
}

}  // namespace

TEMPLATE_TEST_CASE("a site's account enters its own database and no other, tenants' or not, and no secret leaves the host", "[frappe]",
                   Here, OverSsh) {
  TestType here;
  const ThreeSites sites;
  ListeningShell shell(here.shell);

  const auto seen = seen_by(shell, sites, sites.question());

  const auto& acme = seen.sites.at("api.acme.test");
  CHECK(acme.why_not.empty());
  CHECK(acme.doors.size() == 2);
  CHECK(acme.doors.at("api.globex.test").answer == SiteDoor::Answer::refused);
  CHECK(acme.doors.at("by-hand.test").answer == SiteDoor::Answer::refused);
  CHECK(acme.has_own_right);
  CHECK(acme.rights.empty());
  CHECK(acme.strangers.empty());
  CHECK(acme.why_no_strangers.empty());
  CHECK(seen.sites.at("api.globex.test").why_not.empty());
  CHECK_THAT(seen.sites.at("by-hand.test").why_not, Contains("could not log in"));
  REQUIRE(seen.services.size() == 1);
  CHECK(seen.services[0].name == "web");
  CHECK(seen.services[0].open.empty());
  CHECK(seen.services[0].why_not.empty());
  CHECK_THAT(shell.heard, Contains("api.acme.test") && !Contains(sites.config("api.acme.test")["db_password"].get<std::string>()) &&
                              !Contains(sites.config("api.globex.test")["db_password"].get<std::string>()) &&
                              !Contains(sites.host.database().password().reveal()));
}

TEST_CASE("a site that is not there, or that can't be read, is seen as such", "[frappe]") {
  const ThreeSites sites;
  auto question = sites.question();
  question.tenants.push_back(*HostName::parse("api.gone.test"));
  question.subjects["api.gone.test"] = {"api.acme.test"};
  write_text(sites.host.site("by-hand.test") / "site_config.json", "{ no JSON");
  LocalShell shell;

  const auto seen = seen_by(shell, sites, question);

  CHECK_THAT(seen.sites.at("api.gone.test").why_not, Contains("no site_config.json"));
  CHECK_THAT(seen.sites.at("by-hand.test").why_not, Contains("Expecting"));
  CHECK(seen.sites.at("api.acme.test").doors.at("api.globex.test").answer == SiteDoor::Answer::refused);
  CHECK(seen.sites.at("api.acme.test").doors.at("by-hand.test").answer == SiteDoor::Answer::unclear);
}

TEST_CASE("what stands in the configuration of all sites is shared by all of them", "[frappe]") {
  const ThreeSites sites;
  sites.set_common("encryption_key", "one-for-all");
  LocalShell shell;

  const auto seen = seen_by(shell, sites, sites.question());

  CHECK(seen.sites.at("api.acme.test").same_encryption == std::vector<std::string>{"api.globex.test", "by-hand.test"});
}

TEST_CASE("a bench that is not there is an error that says so", "[frappe]") {
  const ThreeSites sites;
  LocalShell shell;
  auto question = sites.question();
  question.bench = "/nonexistent/bench";

  const auto seen = ShellSiteDoors(access_to(sites.host), shell).look(question);

  REQUIRE_FALSE(seen);
  CHECK(seen.error().code == ErrorCode::process_failed);
  CHECK_THAT(full_message(seen.error()), Contains("/nonexistent/bench") && Contains("frappe1"));
}

TEST_CASE("a Redis on loopback is open to nobody, with a password or without", "[frappe]") {
  const std::string password = GENERATE("", "redis-canary");
  const RedisServer redis(password);

  const auto seen = redis_at(fmt::format("redis://127.0.0.1:{}", redis.port()));

  CHECK(seen.name == "redis_cache");
  CHECK(seen.open.empty());
  CHECK(seen.why_not.empty());
}

TEST_CASE("a Redis that does not answer is not taken for a closed one", "[frappe]") {
  CHECK_THAT(redis_at(fmt::format("redis://127.0.0.1:{}", free_port())).why_not, Contains("no Redis answers"));
}
