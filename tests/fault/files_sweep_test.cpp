// SIGKILL at every call that changes a file, and a full or broken disk at every one that can meet it, injected by strace into
// create, resume and rollback: then resume or rollback ends clean.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "fault/injected.hpp"
#include "support/live_sandbox.hpp"
#include "support/server_block_mode.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

CliResult tenantctl_under_strace(const std::string& call, const std::string& fault, int n, const std::string& verb,
                                 const std::filesystem::path& log) {
  std::vector<std::string> args{verb, "filed"};
  if (verb == "create") args.insert(args.end(), {"--email", "a@filed.test"});
  if (verb == "rollback") args.emplace_back("--yes");
  args.insert(args.end(), {"-o", "json"});
  return LiveSandbox::get().run_under(injecting(call, fault, n, log), args, {}, Build::release);
}

/// What the verb works on.
void prepare(const std::string& verb) {
  auto& sandbox = LiveSandbox::get();
  if (verb == "rollback") sandbox.create("filed");
  if (verb == "resume") {
    const auto killed = sandbox.run({"create", "filed", "--email", "a@filed.test"}, {"TENANTCTL_FAILPOINT=open:after_mark"});
    REQUIRE(killed.status == k_killed);
  }
}

/// Resume or rollback, by chance; then nothing is there any more.
void end_clean() {
  auto& sandbox = LiveSandbox::get();
  if (!sandbox.inventory().empty()) {
    const bool unfinished =
        !sandbox.sql("select 1 from operations where slug = 'filed' and state in ('running', 'undoing', 'stuck')", "tenantctl").empty();
    const std::string verb = unfinished && Tally::get().toss() ? "resume" : "rollback";
    const auto ended = sandbox.run({verb, "filed", "--yes", "-o", "json"});
    INFO(verb << ": " << ended.out << ended.err);
    CHECK(ended.status == 0);
    if (LiveSandbox::get().is_live("filed")) sandbox.remove("filed");
  }
  REQUIRE(sandbox.inventory() == Inventory{});
}

/// The 1st, 2nd … call, or by `step` with a first one left to chance.
void sweep_kills(const std::string& call, const std::string& verb, int step) {
  const auto log = LiveSandbox::get().dir() / "strace.log";
  const int first = step == 1 ? 1 : 1 + static_cast<int>(Tally::get().dice()() % static_cast<unsigned>(step));
  for (int n = first;; n += step) {
    REQUIRE(n < 2000);
    INFO("SIGKILL at " << call << " number " << n << " of " << verb);
    prepare(verb);
    const auto result = tenantctl_under_strace(call, "signal=KILL", n, verb, log);
    INFO(result.err);
    REQUIRE((result.status == k_killed || result.status == 0));
    end_clean();
    if (result.status == 0) return;
    Tally::get().add("SIGKILL at " + call);
    Tally::get().swept(1);
  }
}

/// At its first such call, which has to come; gone on with.
void kill_once(const std::string& call, const std::string& verb) {
  INFO("SIGKILL at the first " << call << " of " << verb);
  prepare(verb);
  REQUIRE(tenantctl_under_strace(call, "signal=KILL", 1, verb, LiveSandbox::get().dir() / "strace.log").status == k_killed);
  const auto resumed = LiveSandbox::get().run({"resume", "filed", "-o", "json"});
  INFO(resumed.out << resumed.err);
  CHECK(resumed.status == 0);
  CHECK(LiveSandbox::get().is_live("filed") == (verb == "create"));
  end_clean();
  Tally::get().add("SIGKILL at " + call);
}

/// A fault that is not about what stays (the terminal, a lookup) may pass; what is there agrees with the status in any case.
std::size_t sweep_errors(const std::string& call, const std::string& error, const std::string& code) {
  auto& sandbox = LiveSandbox::get();
  const auto log = sandbox.dir() / "strace.log";
  std::size_t clear = 0;
  for (int n = 1;; ++n) {
    REQUIRE(n < 2000);
    INFO(error << " at " << call << " number " << n);
    const auto result = tenantctl_under_strace(call, "error=" + error, n, "create", log);
    INFO("status " << result.status << " " << result.err);
    if (read_text(log).find("(INJECTED)") == std::string::npos) {
      REQUIRE(result.status == 0);
      sandbox.remove("filed");
      return clear;
    }
    CHECK((result.status == 0 || result.status == 1));
    if (result.status == 1) {
      CHECK(result.error()["code"] == code);
      CHECK(sandbox.inventory() == Inventory{});
      ++clear;
    } else if (LiveSandbox::get().is_live("filed")) {
      sandbox.remove("filed");
    }
    REQUIRE(sandbox.inventory() == Inventory{});
    Tally::get().add(error + " at " + call);
    Tally::get().swept(1);
  }
}

}  // namespace

TEST_CASE("a command that is killed at any call that makes a file last can be gone on with", "[files]") {
  const std::string verb = GENERATE("create", "resume", "rollback");
  // Each call by itself: strace counts each apart, so that of several the first of one would end every later one's chance.
  for (const std::string call : {"fsync", "linkat", "rename", "renameat2", "unlink", "fchmod"}) sweep_kills(call, verb, 1);
}

TEST_CASE("a command that is killed at any write or open can be gone on with", "[files]") {
  const std::string verb = GENERATE("create", "resume", "rollback");
  sweep_kills("write", verb, 1);
  sweep_kills("openat", verb, 9);
}

TEST_CASE("in server_block mode a command that is killed around a file or a reload can be gone on with", "[files][blocks]") {
  const ServerBlockMode mode;
  const std::string verb = GENERATE("create", "rollback");
  for (const std::string call : {"fsync", "linkat", "rename", "unlink"}) sweep_kills(call, verb, 1);
  // The file is in its place and nginx was not told; it was told and has not confirmed.
  for (const std::string call : {"pidfd_send_signal", "clock_nanosleep"}) kill_once(call, verb);
}

TEST_CASE("a full disk at any call that needs room ends with 1 and disk_full, and nothing is left", "[files]") {
  CHECK(sweep_errors("fsync", "ENOSPC", "disk_full") >= 3);  // the credentials, the route and their folders
  CHECK(sweep_errors("linkat", "ENOSPC", "disk_full") >= 2);
  CHECK(sweep_errors("write", "ENOSPC", "disk_full") >= 2);
}

TEST_CASE("a broken disk ends with 1 and io_failed, and nothing is left", "[files]") {
  CHECK(sweep_errors("fsync", "EIO", "io_failed") >= 3);
  CHECK(sweep_errors("linkat", "EIO", "io_failed") >= 2);
  CHECK(sweep_errors("write", "EIO", "io_failed") >= 2);
}
