// Something is down, full, in the way or interrupted: the right status, a message that names it, and nothing left behind.
#include <catch2/catch.hpp>

#include <csignal>

#include "support/changed_config.hpp"
#include "support/server_block_mode.hpp"

using namespace tenantctl::test;

namespace {

const std::vector<std::string> k_create_faults{"create", "unlucky", "--email", "a@unlucky.test", "-o", "json"};

/// A server of the sandbox that is gone, or asleep, until the end of the test.
class Without {
 public:
  Without(const std::string& server, int signal) : pid_(LiveSandbox::get().pid_of(server)), signal_(signal) {
    REQUIRE(pid_ > 1);
    REQUIRE(::kill(pid_, signal) == 0);
    for (int i = 0; i < 500 && signal != SIGSTOP && ::kill(pid_, 0) == 0; ++i) ::usleep(10'000);
  }
  Without(const Without&) = delete;
  Without& operator=(const Without&) = delete;
  ~Without() {
    if (signal_ == SIGSTOP) ::kill(pid_, SIGCONT);
    LiveSandbox::get().repair();
  }

 private:
  int pid_;
  int signal_;
};

}  // namespace

TEST_CASE("with the control database down, create ends with 9 and nothing was changed") {
  const auto& sandbox = LiveSandbox::get();
  {
    const Without postgres("postgres", SIGINT);
    const auto result = sandbox.run(k_create_faults);
    CHECK(result.status == 9);
    CHECK(result.error()["code"] == "control_unreachable");
    CHECK(result.error()["retryable"] == true);
  }
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("with a tenant's database server down, create ends with 9 and nothing is left") {
  const auto& sandbox = LiveSandbox::get();
  const auto config =
      changed_config("changed.yaml",
                     {{"local: { url: \"postgresql:///postgres?host=", "local: { url: \"postgresql:///postgres?host=/nowhere"}})
          .string();

  const auto result = sandbox.run({"--config", config, "create", "unlucky", "--email", "a@unlucky.test", "-o", "json"});

  INFO(result.err);
  CHECK(result.status == 9);
  CHECK(result.error()["code"] == "server_unreachable");
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("with nginx down, create ends with 9 before it touches anything") {
  const auto& sandbox = LiveSandbox::get();
  const auto operations = sandbox.sql("select count(*) from operations", "tenantctl");
  {
    const Without nginx("nginx", SIGTERM);
    const auto result = sandbox.run(k_create_faults);
    CHECK(result.status == 9);
    CHECK(result.error()["code"] == "nginx_unreachable");
  }
  CHECK(sandbox.inventory().empty());
  CHECK(sandbox.sql("select count(*) from operations", "tenantctl") == operations);
}

TEST_CASE("with the application down, create ends with 1 and everything is undone") {
  const auto& sandbox = LiveSandbox::get();
  {
    const Without application("demo-app", SIGTERM);
    const auto result = sandbox.run(k_create_faults);
    INFO(result.err);
    CHECK(result.status == 1);
    CHECK(result.error()["code"] == "http_check_failed");
    CHECK(result.error().contains("operation"));
  }
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("a route file that is not ours is a conflict and stays as it is") {
  const auto& sandbox = LiveSandbox::get();
  const auto file = sandbox.dir() / "nginx/tenantctl/routes/demo/unlucky.yourapp.test";
  write_text(file, "somebody else's\n");

  const auto result = sandbox.run(k_create_faults);

  CHECK(result.status == 5);
  CHECK(result.error()["code"] == "foreign_object");
  CHECK_THAT(result.error()["message"].get<std::string>(), Catch::Contains(file.string()));
  CHECK(read_text(file) == "somebody else's\n");
  CHECK(sandbox.inventory() == Inventory{"file " + file.string()});
  std::filesystem::remove(file);
}

TEST_CASE("a closed stdout and stderr do not stop a create half way") {
  const auto& sandbox = LiveSandbox::get();
  (void)sandbox.bash("$T create unlucky --email a@unlucky.test >&- 2>&-");

  CHECK(sandbox.run({"show", "unlucky", "-o", "json"}).json()["tenant"]["status"] == "active");
  sandbox.remove("unlucky");
}

TEST_CASE("a create that is interrupted undoes what it began and ends with 128 plus the signal") {
  const auto& sandbox = LiveSandbox::get();
  // It signals the process and then the whole group: two signals that are one wish. Until then the create has to be under way, on a
  // busy machine too; the application is waited for five seconds.
  for (const auto& [name, status, code] :
       {std::tuple{"INT", 130, "interrupted"}, std::tuple{"TERM", 143, "terminated"}, std::tuple{"HUP", 129, "interrupted_hangup"}}) {
    const Without application("demo-app", SIGSTOP);
    const auto result = sandbox.run_under({"timeout", "--preserve-status", "-s", name, "3"}, k_create_faults);
    INFO(result.err);
    CHECK(result.status == status);
    CHECK(result.error()["code"] == code);
    CHECK(sandbox.inventory().empty());
  }
}

TEST_CASE("while one operation holds a tenant, another is refused with 6 and the holder's name") {
  const auto& sandbox = LiveSandbox::get();
  const Without application("demo-app", SIGSTOP);
  const auto answer = sandbox
                          .bash(
                              "$T --actor jane create unlucky --email a@unlucky.test >/dev/null 2>&1 & sleep 1; $T -o json rollback "
                              "unlucky --yes 2>&1 >/dev/null; echo $?; kill -INT $!; wait")
                          .out;

  INFO(answer);
  CHECK_THAT(answer, Catch::EndsWith("6\n"));
  CHECK_THAT(answer, Catch::Contains("\"locked\"") && Catch::Contains("jane"));
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("of creates that race for one name one wins, the others end with 5 or 6, and nothing is orphaned") {
  const auto& sandbox = LiveSandbox::get();
  for (int round = 0; round < 5; ++round) {
    const auto answer =
        sandbox.bash("for i in 1 2 3 4 5 6 7 8; do { $T -q create unlucky --email a@unlucky.test >/dev/null 2>&1; echo $?; } & done; wait")
            .out;
    INFO(answer);
    CHECK(std::ranges::count(answer, '0') == 1);
    CHECK(std::ranges::count(answer, '5') + std::ranges::count(answer, '6') == 7);
    CHECK(sandbox.sql("select count(*) from pg_database where datname like 'demo_%'").front() == "1");
    sandbox.remove("unlucky");
    CHECK(sandbox.inventory().empty());
  }
}

TEST_CASE("a fresh control database says what to run, and init is repeatable") {
  const auto& sandbox = LiveSandbox::get();
  const auto url = sandbox.status()["control_url"].get<std::string>();
  const std::string other = "TENANTCTL_CONTROL_URL=" + std::string(url).replace(url.find("tenantctl?"), 9, "tenantctl_fresh");

  const auto refused = sandbox.run(k_create_faults, {other});

  CHECK(refused.status == 3);
  CHECK(refused.error()["code"] == "control_not_initialised");
  CHECK_THAT(refused.error()["hint"].get<std::string>(), Catch::Contains("tenantctl init"));
  CHECK(sandbox.run({"init", "-o", "json"}, {other}).json()["version_before"] == 0);
  CHECK(sandbox.run({"init", "-o", "json"}, {other}).json()["applied"].empty());
  CHECK(sandbox.run({"list"}, {other}).status == 0);
  sandbox.sql("drop database tenantctl_fresh");
}

TEST_CASE("a configuration with an unknown key is refused with 3, the file and the line") {
  const auto result = LiveSandbox::get().run(
      {"--config", changed_config("changed.yaml", {{"default_stack:", "defualt_stack:"}}).string(), "list", "-o", "json"});
  CHECK(result.status == 3);
  CHECK(result.error()["code"] == "config_invalid");
  CHECK_THAT(result.error()["message"].get<std::string>(), Catch::Contains("changed.yaml:") && Catch::Contains("defualt_stack"));
}

TEST_CASE("in server_block mode a tenant gets a file of its own, is live after a confirmed reload, and gone after a rollback") {
  const auto& sandbox = LiveSandbox::get();
  const ServerBlockMode mode;

  const auto made = sandbox.run({"create", "blocked", "--email", "a@blocked.test", "-o", "json"});

  INFO(made.err);
  CHECK(made.status == 0);
  CHECK_THAT(sandbox.get("blocked.yourapp.test"), Catch::StartsWith("200\n"));
  CHECK_THAT(sandbox.get("api.blocked.yourapp.test", "/api/method/ping"), Catch::Contains("pong"));
  CHECK(std::filesystem::exists(mode.file_of("blocked")));
  CHECK(sandbox.run({"rollback", "blocked", "--yes"}).status == 0);
  CHECK(sandbox.get("blocked.yourapp.test").empty());
  CHECK(sandbox.inventory().empty());
}
