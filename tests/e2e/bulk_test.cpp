// `bulk-create`, `worker` and `batches`, as operators see them. Real binary, real PostgreSQL, nginx and application.
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/background.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

std::string file_of(const std::string& name, const std::string& text) {
  static const TempFolder folder;
  const auto path = folder.path() / name;
  std::ofstream(path) << text;
  return path.string();
}

std::string csv(const std::vector<std::string>& slugs) {
  std::string text = "slug,email,company,set.currency\n";
  for (const auto& slug : slugs) text += slug + ",admin@" + slug + ".test,The " + slug + ",EUR\n";
  return text;
}

std::vector<std::string> names(const std::string& prefix, int count) {
  std::vector<std::string> list;
  for (int i = 1; i <= count; ++i) list.push_back(prefix + "-" + std::to_string(i));
  return list;
}

/// How many rows of the batch have that state.
int rows(const nlohmann::json& report, const std::string& state) { return report[state].get<int>(); }

void check_live(const std::vector<std::string>& slugs) {
  for (const auto& slug : slugs) CHECK(LiveSandbox::get().is_live(slug));
}

void remove_all(const std::vector<std::string>& slugs) {
  for (const auto& slug : slugs) LiveSandbox::get().remove(slug);
  CHECK(LiveSandbox::get().inventory() == Inventory{});
}

/// Until so many tenants are there, for 30 s at most.
void wait_for_tenants(int count) {
  for (int i = 0; i < 300 && LiveSandbox::get().run({"list", "-o", "json"}).json()["total"].get<int>() < count; ++i)
    std::this_thread::sleep_for(100ms);
}

}  // namespace

TEST_CASE("the rows of a file become tenants that answer, and a repeat changes nothing") {
  const auto& sandbox = LiveSandbox::get();
  const auto slugs = names("row", 4);
  const auto file = file_of("rows.csv", csv(slugs));

  const auto made = sandbox.run({"bulk-create", "--file", file, "--batch", "first", "--jobs", "3", "-o", "json"});

  INFO(made.err << made.out);
  REQUIRE(made.status == 0);
  CHECK(made.json()["state"] == "finished");
  CHECK(rows(made.json(), "succeeded") == 4);
  CHECK(made.json()["rows"][2]["slug"] == "row-3");
  check_live(slugs);
  const auto shown = sandbox.run({"show", "row-2", "-o", "json"}).json();
  CHECK(shown["tenant"]["company_name"] == "The row-2");
  CHECK(sandbox.run({"config", "get", "row-2", "currency"}).out == "EUR\n");

  const auto repeated = sandbox.run({"bulk-create", "--file", file, "--batch", "first", "-o", "json"});
  CHECK(repeated.status == 0);
  CHECK(repeated.json()["rows"] == made.json()["rows"]);
  CHECK(
      sandbox.run({"bulk-create", "--file", file_of("rows.csv", csv(names("row", 3))), "--batch", "first", "-o", "json"}).error()["code"] ==
      "state_conflict");
  CHECK(sandbox.run({"batches", "list", "-o", "json"}).json()["batches"][0]["batch"] == "first");
  CHECK_THAT(sandbox.run({"batches", "show", "first", "--csv"}).out, Contains("\n1,row-1,succeeded,"));
  remove_all(slugs);
}

TEST_CASE("counted tenants are named after their prefix") {
  const auto& sandbox = LiveSandbox::get();

  const auto made = sandbox.run({"bulk-create", "--count", "2", "--prefix", "demo", "--email", "boss@{slug}.test", "-o", "json"});

  INFO(made.err);
  REQUIRE(made.status == 0);
  CHECK(sandbox.run({"show", "demo-2", "-o", "json"}).json()["tenant"]["admin_email"] == "boss@demo-2.test");
  remove_all(names("demo", 2));
}

TEST_CASE("every bad row is told of with its line and its rule, and nothing is begun") {
  const auto& sandbox = LiveSandbox::get();
  sandbox.create("taken");
  const auto bad = file_of("bad.csv",
                           "slug,email,plan\nGood_One,a@b.test,\nfine,not-an-address,\nfine-too,a@b.test,gold\nwww,a@b.test,\nfine-last,a@"
                           "b.test,\nfine-last,a@b.test,\n");

  const auto refused = sandbox.run({"bulk-create", "--file", bad});
  const auto taken = sandbox.run({"bulk-create", "--file", file_of("taken.csv", csv({"free", "taken"})), "-o", "json"});

  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("line 2: ") && Contains("good-one") && Contains("line 3: ") && Contains("line 4: ") &&
                              Contains("line 5: ") && Contains("line 7: \"fine-last\" is the name of line 6 too"));
  CHECK_THAT(refused.err, !Contains("line 6:"));
  CHECK(taken.status == 5);
  CHECK_THAT(taken.error()["message"].get<std::string>(), Contains("line 3: tenant \"taken\" exists"));
  CHECK(sandbox.run({"bulk-create", "--file", "/nowhere/x.csv"}).status == 4);
  CHECK(sandbox.run({"bulk-create"}).status == 2);
  CHECK(sandbox.run({"bulk-create", "--count", "3"}).status == 2);
  CHECK(sandbox.run({"bulk-create", "--batch", "never-begun"}).status == 4);
  CHECK(sandbox.run({"bulk-create", "--batch", "a b", "--file", bad}).status == 2);
  CHECK(sandbox.run({"list", "-o", "json"}).json()["total"] == 1);
  remove_all({"taken"});
}

TEST_CASE("a row that fails is undone alone, and a repeat tries it again") {
  auto& sandbox = LiveSandbox::get();
  const auto slugs = names("part", 3);
  const auto file = file_of("part.csv", csv(slugs));
  std::ofstream(sandbox.dir() / "credentials/demo/part-2.json") << "somebody else's\n";

  const auto made = sandbox.run({"bulk-create", "--file", file, "--batch", "partly", "-o", "json"});

  INFO(made.err << made.out);
  CHECK(made.status == 1);
  CHECK(rows(made.json(), "succeeded") == 2);
  CHECK(made.json()["rows"][1]["state"] == "failed");
  CHECK(made.json()["rows"][1]["error"]["code"] == "foreign_object");
  check_live({"part-1", "part-3"});
  CHECK(sandbox.run({"show", "part-2"}).status == 4);

  std::filesystem::remove(sandbox.dir() / "credentials/demo/part-2.json");
  const auto again = sandbox.run({"bulk-create", "--batch", "partly", "-o", "json"});
  INFO(again.err << again.out);
  CHECK(again.status == 0);
  CHECK(again.json()["rows"][1]["try"] == 2);
  check_live(slugs);
  remove_all(slugs);
}

TEST_CASE("with --on-error stop the rows behind a failed one are not begun") {
  auto& sandbox = LiveSandbox::get();
  const auto slugs = names("stop", 12);
  std::ofstream(sandbox.dir() / "credentials/demo/stop-1.json") << "somebody else's\n";

  const auto made = sandbox.run(
      {"bulk-create", "--file", file_of("stop.csv", csv(slugs)), "--batch", "stops", "--on-error", "stop", "--jobs", "1", "-o", "json"});

  INFO(made.err << made.out);
  CHECK(made.status == 1);
  CHECK(made.json()["state"] == "stopped");
  CHECK(rows(made.json(), "failed") == 1);
  CHECK(rows(made.json(), "waiting") >= 5);
  std::filesystem::remove(sandbox.dir() / "credentials/demo/stop-1.json");
  CHECK(sandbox.run({"bulk-create", "--batch", "stops", "-o", "json"}).status == 0);
  remove_all(slugs);
}

TEST_CASE("a batch that was killed goes on where it stopped, and no row is made twice") {
  const auto& sandbox = LiveSandbox::get();
  const auto slugs = names("killed", 10);
  const auto file = file_of("killed.csv", csv(slugs));
  {
    Background first({"bulk-create", "--file", file, "--batch", "killed", "--jobs", "3"});
    wait_for_tenants(3);
    first.signal(SIGKILL);
    CHECK(first.wait().status == k_killed);
  }

  const auto again = sandbox.run({"bulk-create", "--file", file, "--batch", "killed", "--jobs", "3", "-o", "json"});

  INFO(again.err << again.out);
  CHECK(again.status == 0);
  CHECK(rows(again.json(), "succeeded") == 10);
  check_live(slugs);
  CHECK(sandbox.run({"list", "-o", "json"}).json()["total"] == 10);
  CHECK(sandbox.run({"operations", "list", "--unfinished", "-o", "json"}).json()["operations"].empty());
  remove_all(slugs);
}

TEST_CASE("SIGINT finishes the rows that are being made, and leaves the rest to be gone on with") {
  const auto& sandbox = LiveSandbox::get();
  const auto slugs = names("intr", 12);
  Background first({"bulk-create", "--file", file_of("intr.csv", csv(slugs)), "--batch", "intr", "--jobs", "2", "-o", "json"});
  wait_for_tenants(2);

  first.signal(SIGINT);
  const auto stopped = first.wait();

  INFO(stopped.err << stopped.out);
  CHECK(stopped.status == 10);
  CHECK(stopped.json()["state"] == "unfinished");
  CHECK(rows(stopped.json(), "running") == 0);
  CHECK(rows(stopped.json(), "failed") == 0);
  CHECK(rows(stopped.json(), "waiting") > 0);
  CHECK(sandbox.run({"operations", "list", "--unfinished", "-o", "json"}).json()["operations"].empty());
  CHECK(sandbox.run({"bulk-create", "--batch", "intr"}).status == 0);
  remove_all(slugs);
}

TEST_CASE("two workers finish one batch together, also where one of them is killed") {
  const auto& sandbox = LiveSandbox::get();
  const auto slugs = names("work", 12);
  const auto noted = sandbox.run({"bulk-create", "--file", file_of("work.csv", csv(slugs)), "--batch", "work", "--no-wait", "-o", "json"});
  CHECK(noted.status == 0);
  CHECK(rows(noted.json(), "waiting") == 12);
  Background doomed({"worker", "--jobs", "2"});
  Background second({"worker", "--batch", "work", "--jobs", "2", "-o", "json"});
  wait_for_tenants(4);

  doomed.signal(SIGKILL);
  CHECK(doomed.wait().status == k_killed);
  const auto ended = second.wait();

  INFO(ended.err << ended.out);
  CHECK(ended.status == 0);
  CHECK(rows(sandbox.run({"batches", "show", "work", "-o", "json"}).json(), "succeeded") == 12);
  check_live(slugs);
  CHECK(sandbox.run({"list", "-o", "json"}).json()["total"] == 12);
  remove_all(slugs);
}

TEST_CASE("a worker that is to stay ends with 0 when it is told to") {
  Background worker({"worker", "-o", "json"});
  std::this_thread::sleep_for(500ms);

  worker.signal(SIGTERM);

  CHECK(worker.wait().status == 0);
}
