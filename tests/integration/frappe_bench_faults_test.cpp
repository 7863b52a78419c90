// The bench adapter where something breaks: a command fails or hangs, a link or a client dies, an operation is taken over.
#include <csignal>
#include <thread>

#include "support/bench_worker.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

/// The shell of a client that dies where its link breaks.
class DyingShell : public Shell {
 public:
  explicit DyingShell(Shell& shell) : shell_(shell) {}
  Result<ShellOutcome> run(const ShellCommand& command) override {
    if (dead_) return fail(ErrorCode::host_unreachable, "the client is dead");
    auto outcome = shell_.run(command);
    dead_ = !outcome;
    return outcome;
  }

 private:
  Shell& shell_;
  bool dead_ = false;
};

}  // namespace

TEMPLATE_TEST_CASE("what a new-site that fails leaves is dropped, and it can be made again", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker worker(host, here.shell);
  const auto site = site_on(host, "api.acme.test", "erp_failing");
  host.set_fault("fail_after_database");

  const auto made = worker.bench.make_site(site, "");

  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::disk_full);
  CHECK(worker.bench.observe_site(site)->presence == Presence::partial);
  CHECK_THAT(host.database().named("erp_failing"), Contains("erp_failing\n") && !Contains("_adm"));
  SECTION("dropped") {
    require_done(worker.bench.drop_site(site));
    check_gone(host, site);
  }
  SECTION("made again") {
    host.clear_fault("fail_after_database");
    require_done(worker.bench.make_site(site, ""));
    CHECK(worker.bench.observe_site(site)->presence == Presence::complete);
    require_done(worker.bench.drop_site(site));
  }
}

TEST_CASE("a database server that is down or refuses the keeper is told apart, and no claim is left", "[frappe]") {
  MariadbServer& database = MariadbServer::shared();
  BenchHost host(database);
  LocalShell shell;
  SystemEntropy entropy;
  const auto site = site_on(host, "api.acme.test", "erp_down");
  const auto attempt = [&](frappe::DatabaseKeeper keeper) {
    ShellBench bench({.host = "frappe1", .keeper = std::move(keeper), .web = host.web()}, shell, entropy);
    bench.begin(claim_of(1));
    return bench.make_site(site, "");
  };

  const auto refused =
      attempt({.user = "keeper", .password = Secret("not-the-password"), .port = static_cast<std::uint16_t>(database.port())});
  const auto down = attempt({.user = "keeper", .password = Secret("not-the-password"), .port = 1});

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::permission_denied);
  CHECK_THAT(full_message(refused.error()), !Contains("not-the-password"));
  REQUIRE_FALSE(down);
  CHECK(down.error().code == ErrorCode::server_unreachable);
  check_gone(host, site);
}

TEST_CASE("a new-site whose link broke, or whose client died, is waited for, and is whole then", "[frappe]") {
  BenchHost host;
  SshServer server;
  const auto site = site_on(host, "api.acme.test", "erp_orphan");
  host.set_fault("pause_after_database", "2");
  SshShell shell(server.host());
  DyingShell dying(shell);
  const bool dies = GENERATE(true, false);
  Worker first(host, dies ? static_cast<Shell&>(dying) : shell);
  std::thread cutter([&] {
    for (int i = 0; i < 1000 && host.database().named("erp_orphan").find("erp_orphan\n") == std::string::npos; ++i)
      std::this_thread::sleep_for(10ms);
    server.end_sessions();
  });
  const auto made = first.bench.make_site(site, "");
  cutter.join();
  Worker next(host, shell, 2);

  if (dies) {
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::outcome_unknown);
    Worker impatient(host, shell, 2, 0s);
    const auto busy = impatient.bench.observe_site(site);
    REQUIRE_FALSE(busy);
    CHECK(busy.error().code == ErrorCode::locked);
    CHECK(next.bench.observe_site(site)->presence == Presence::complete);
    require_done(next.bench.make_site(site, ""));
  } else {
    require_done(made);
    CHECK(next.bench.observe_site(site)->presence == Presence::complete);
  }
  CHECK_THAT(host.database().named("erp_orphan"), !Contains("_adm"));
  require_done(next.bench.drop_site(site));
  check_gone(host, site);
}

TEMPLATE_TEST_CASE("a process whose operation was taken over changes nothing on the host any more", "[frappe]", Here, OverSsh) {
  TestType here;
  BenchHost host;
  Worker paused(host, here.shell, 1);
  Worker next(host, here.shell, 2);
  const auto site = site_on(host, "api.acme.test", "erp_fenced");
  require_done(paused.bench.make_site(site, ""));
  require_done(next.bench.observe_site(site));

  const auto dropped = paused.bench.set_config(site, "late", "1");

  REQUIRE_FALSE(dropped);
  CHECK(dropped.error().code == ErrorCode::fenced);
  Worker late(host, here.shell, 1);
  const auto retaken = late.bench.observe_site(site);
  REQUIRE_FALSE(retaken);
  CHECK(retaken.error().code == ErrorCode::fenced);
  CHECK_THAT(read_text(host.site("api.acme.test") / "site_config.json"), !Contains("late"));
  require_done(next.bench.drop_site(site));
  check_gone(host, site);
}

TEST_CASE("a process that goes on in the middle works under its own fence", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  Worker first(host, shell, 1);
  Worker next(host, shell, 2);
  const auto site = site_on(host, "api.acme.test", "erp_middle");
  require_done(first.bench.make_site(site, ""));

  require_done(next.bench.enable_scheduler(site));

  CHECK_FALSE(first.bench.enable_scheduler(site));
  require_done(next.bench.drop_site(site));
  check_gone(host, site);
}

TEST_CASE("a command that does not end is ended on the host, with all that it started", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  const auto site = site_on(host, "api.acme.test", "erp_slow");
  const frappe::Caller caller{.site = site, .token = "t", .patience = 5s};
  REQUIRE(shell.run(frappe::claim(caller))->succeeded());

  const auto outcome = shell.run(frappe::guarded(caller, {.argv = {"sh", "-c", "sleep 1000 & echo $! > slow.pid; wait"}, .limit = 1s}));

  REQUIRE(outcome);
  CHECK(outcome->exit_status == 124);
  const auto pid = std::atoi(read_text(host.bench() / "slow.pid").c_str());
  REQUIRE(pid > 1);
  for (int i = 0; i < 250 && ::kill(pid, 0) == 0; ++i) std::this_thread::sleep_for(20ms);
  CHECK(::kill(pid, 0) != 0);
  CHECK(shell.run(frappe::remove(caller))->succeeded());
}

TEST_CASE("a folder that is no bench is told so", "[frappe]") {
  BenchHost host;
  LocalShell shell;
  Worker worker(host, shell);
  auto site = site_on(host, "api.acme.test", "erp_none");
  site.bench = "/no/such/bench";

  const auto seen = worker.bench.observe_site(site);

  REQUIRE_FALSE(seen);
  CHECK(seen.error().code == ErrorCode::file_not_found);
  CHECK_THAT(seen.error().message, Contains("\"/no/such/bench\"") && Contains("\"frappe1\""));
}
