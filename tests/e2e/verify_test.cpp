// Looking at tenants that are well, and at one whose page, login or credentials are not: by the real binary.
#include <catch2/catch.hpp>

#include <csignal>

#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

/// "ok", "failed" or "skipped", for one check of the first tenant in the document.
std::string result_of(const CliResult& result, const std::string& check) {
  const auto document = result.json();
  for (const auto& each : document["tenants"][0]["checks"]) {
    if (each["check"] == check) return each["result"].get<std::string>();
  }
  return "no such check";
}

class Tenants {
 public:
  explicit Tenants(std::vector<std::string> slugs) : slugs_(std::move(slugs)) {
    for (const auto& slug : slugs_) LiveSandbox::get().create(slug);
  }
  Tenants(const Tenants&) = delete;
  Tenants& operator=(const Tenants&) = delete;
  ~Tenants() {
    for (const auto& slug : slugs_) LiveSandbox::get().remove(slug);
  }

 private:
  std::vector<std::string> slugs_;
};

}  // namespace

TEST_CASE("verify finds nothing wrong with tenants that are well, one or all") {
  const auto& sandbox = LiveSandbox::get();
  const Tenants tenants({"fit", "fine"});

  const auto one = sandbox.run({"verify", "fit", "-o", "json"});
  const auto all = sandbox.run({"verify", "--all", "--jobs", "2", "-o", "json"});

  INFO(one.out);
  CHECK(one.status == 0);
  for (const auto* check : {"status", "front", "back", "database"}) CHECK(result_of(one, check) == "ok");
  CHECK(all.status == 0);
  CHECK(all.json()["healthy"] == 2);
  CHECK(all.json()["tenants"][0]["slug"] == "fine");
}

TEST_CASE("verify ends with 7 where the application does not answer, and says which page") {
  const auto& sandbox = LiveSandbox::get();
  const Tenants tenants({"mute"});
  const auto pid = sandbox.pid_of("demo-app");
  REQUIRE(::kill(pid, SIGTERM) == 0);
  for (int i = 0; i < 500 && ::kill(pid, 0) == 0; ++i) ::usleep(10'000);

  const auto result = sandbox.run({"verify", "mute", "-o", "json"});
  LiveSandbox::get().repair();

  CHECK(result.status == 7);
  CHECK(result_of(result, "front") == "failed");
  CHECK(result_of(result, "back") == "failed");
  CHECK(result_of(result, "database") == "ok");
  CHECK_THAT(result.out, Contains("http://mute.yourapp.test/api/method/ping answers with 502"));
}

TEST_CASE("verify notices a login whose password was changed behind the application's back, and shows no password") {
  const auto& sandbox = LiveSandbox::get();
  const Tenants tenants({"locked-out"});
  const auto role = sandbox.run({"show", "locked-out", "-o", "json"}).json()["tenant"]["database"].get<std::string>();
  const auto password = nlohmann::json::parse(read_text(sandbox.dir() / "credentials/demo/locked-out.json"))["password"].get<std::string>();
  sandbox.sql("alter role " + role + " password 'another'");

  const auto result = sandbox.run({"verify", "locked-out", "-o", "json"});

  CHECK(result.status == 7);
  CHECK(result_of(result, "database") == "failed");
  CHECK_THAT(result.out + result.err, !Contains(password));
}

TEST_CASE("verify can't tell of a login whose credentials file is gone, and says so; another tenant's file is a failure") {
  const auto& sandbox = LiveSandbox::get();
  const Tenants tenants({"paperless"});
  const auto file = sandbox.dir() / "credentials/demo/paperless.json";
  const auto aside = sandbox.dir() / "aside.json";

  std::filesystem::rename(file, aside);
  const auto gone = sandbox.run({"verify", "paperless", "-o", "json"});
  write_text(file, "{\"tenant_id\": \"00000000-0000-4000-8000-000000000000\"}");
  const auto foreign = sandbox.run({"verify", "paperless", "-o", "json"});
  std::filesystem::rename(aside, file);

  CHECK(result_of(gone, "database") == "skipped");
  CHECK(foreign.status == 7);
  CHECK(result_of(foreign, "database") == "failed");
}

TEST_CASE("verify wants a tenant or --all, and knows whom it was asked for") {
  const auto& sandbox = LiveSandbox::get();
  CHECK(sandbox.run({"verify", "-o", "json"}).status == 2);
  CHECK(sandbox.run({"verify", "acme", "--all", "-o", "json"}).status == 2);
  CHECK(sandbox.run({"verify", "nobody", "-o", "json"}).status == 4);
  CHECK(sandbox.run({"verify", "--all", "-o", "json"}).status == 0);
}
