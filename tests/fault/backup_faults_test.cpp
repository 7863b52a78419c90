// A full disk, and SIGKILL, at every call of a backup that writes: what lies under a backup's name is whole, and nothing else stays.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "fault/demo_databases.hpp"
#include "fault/injected.hpp"
#include "support/live_sandbox.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* k_backed_up = "hoarder";

CliResult back_up_under_strace(const std::string& call, const std::string& fault, int n, const fs::path& log) {
  return LiveSandbox::get().run_under(injecting(call, fault, n, log), {"backup", k_backed_up, "-o", "json"}, {}, Build::release);
}

/// The folders below the tenant's own, whatever they are called.
std::vector<std::string> folders() {
  std::vector<std::string> names;
  const auto root = LiveSandbox::get().dir() / "backups";
  if (!fs::exists(root)) return names;
  for (const auto& tenant : fs::directory_iterator(root)) {
    for (const auto& entry : fs::directory_iterator(tenant.path())) names.push_back(entry.path().filename().string());
  }
  return names;
}

/// All that is listed is whole; with what it was made, it goes.
void check_and_clear(std::size_t wanted) {
  auto& sandbox = LiveSandbox::get();
  const auto verified = sandbox.run({"backups", "verify", "--no-restore", "-o", "json"});
  INFO(verified.out << verified.err);
  CHECK(verified.status == 0);
  CHECK(verified.json()["backups"].size() == wanted);
  fs::remove_all(sandbox.dir() / "backups");
}

void sweep_full_disk(const std::string& call) {
  const auto log = LiveSandbox::get().dir() / "strace.log";
  std::size_t refused = 0;
  for (int n = 1;; ++n) {
    REQUIRE(n < 500);
    INFO("ENOSPC at " << call << " number " << n);
    const auto result = back_up_under_strace(call, "error=ENOSPC", n, log);
    INFO("status " << result.status << " " << result.err);
    if (read_text(log).find("(INJECTED)") == std::string::npos) {
      REQUIRE(result.status == 0);
      check_and_clear(1);
      CHECK(refused >= 1);
      return;
    }
    if (result.status != 0) {
      ++refused;
      CHECK(folders().empty());
    }
    check_and_clear(result.status == 0 ? 1 : 0);
    Tally::get().add("ENOSPC at " + call + " of a backup");
    Tally::get().swept(1);
  }
}

void sweep_kills(const std::string& call) {
  auto& sandbox = LiveSandbox::get();
  const auto log = sandbox.dir() / "strace.log";
  for (int n = 1;; ++n) {
    REQUIRE(n < 500);
    INFO("SIGKILL at " << call << " number " << n);
    const auto result = back_up_under_strace(call, "signal=KILL", n, log);
    INFO("status " << result.status << " " << result.err);
    const auto whole = sandbox.run({"backups", "list", "-o", "json"}).json()["backups"].size();
    // What the killed one left goes with the tenant's next backup.
    REQUIRE(sandbox.run({"backup", k_backed_up}).status == 0);
    CHECK(folders().size() == whole + 1);
    check_and_clear(whole + 1);
    if (result.status == 0) return;
    Tally::get().add("SIGKILL at " + call + " of a backup");
    Tally::get().swept(1);
  }
}

}  // namespace

TEST_CASE("a full disk at any write of a backup leaves no backup, or a whole one", "[files][removal]") {
  fs::remove_all(sandbox().dir() / "backups");  // other tests' too
  LiveSandbox::get().create(k_backed_up);
  for (const std::string call : {"fsync", "write", "mkdir", "linkat", "renameat2"}) sweep_full_disk(call);
  LiveSandbox::get().remove(k_backed_up);
}

TEST_CASE("a backup that is killed at any call that makes a file last leaves nothing that is taken for a backup", "[files][removal]") {
  fs::remove_all(sandbox().dir() / "backups");
  LiveSandbox::get().create(k_backed_up);
  for (const std::string call : {"fsync", "linkat", "renameat2"}) sweep_kills(call);
  LiveSandbox::get().remove(k_backed_up);
}

namespace {

/// Puts aside what the tenant has, and has that dropped by a command that dies at its n-th word to a server; false where it said less.
bool kill_dropping_at(int n) {
  auto& sandbox = LiveSandbox::get();
  const std::vector<std::string> drop{"--yes", "restore", "--drop-old", "--all", "--keep-days", "0"};
  const auto live = demo_databases().front();
  REQUIRE(sandbox.run({"restore", k_backed_up, "--from", "newest", "--yes"}).status == 0);
  INFO("SIGKILL at sendto number " << n);
  const auto ended = sandbox.run_under(injecting("sendto", "signal=KILL", n, "/dev/null"), drop, {}, Build::release);
  REQUIRE((ended.status == k_killed || ended.status == 0));
  CHECK(sandbox.is_live(k_backed_up));
  CHECK(sandbox.sql("select count(*) from couriers", live).front() == "440");

  const auto again = sandbox.run(drop);

  INFO(again.err);
  CHECK(again.status == 0);
  CHECK(demo_databases() == std::vector<std::string>{live});
  if (ended.status == 0) return false;
  Tally::get().add("SIGKILL while what restores put aside is dropped");
  Tally::get().swept(1);
  return true;
}

}  // namespace

TEST_CASE("the dropping of what restores have put aside, killed at any word, drops nothing that is live, and a repeat finishes it",
          "[removal]") {
  auto& sandbox = LiveSandbox::get();
  sandbox.create(k_backed_up);
  REQUIRE(sandbox.run({"backup", k_backed_up}).status == 0);
  const int step = Tally::full() ? 1 : 4;
  int n = 1 + static_cast<int>(Tally::get().dice()() % static_cast<unsigned>(step));
  while (kill_dropping_at(n)) n += step;
  CHECK(n > 10);
  sandbox.remove(k_backed_up);
  fs::remove_all(sandbox.dir() / "backups");
  CHECK(sandbox.inventory() == Inventory{});
}
