// Programs and servers that we start, on the real kernel.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "adapters/process/daemon.hpp"
#include "adapters/process/local_shell.hpp"
#include "adapters/system/system_clock.hpp"
#include "adapters/system/system_entropy.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;
using namespace std::chrono_literals;
using test::TempFolder;

namespace {

ShellOutcome run_ok(const ShellCommand& command) {
  auto outcome = LocalShell().run(command);
  REQUIRE(outcome.has_value());
  return *outcome;
}

pid_t pid_in(const std::filesystem::path& file) {
  const auto text = test::read_text(file);
  return text.empty() ? 0 : static_cast<pid_t>(std::stol(text));
}

bool soon(const std::function<bool()>& holds) {
  for (int i = 0; i < 400; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

DaemonCommand daemon_of(const TempFolder& folder, const std::string& script) {
  return {.argv = {"/bin/sh", "-c", script}, .environment = {"PATH=/usr/bin:/bin"}, .folder = folder.path(), .log = folder / "log"};
}

HeldDaemon held(const DaemonCommand& command) {
  auto daemon = HeldDaemon::hold(command);
  REQUIRE(daemon.has_value());
  return std::move(*daemon);
}

const StopStage k_ask{.signal = SIGTERM, .limit = 200ms};

}  // namespace

TEST_CASE("a hung program is ended at its deadline together with its children", "[process]") {
  const TempFolder folder;
  const auto begin = std::chrono::steady_clock::now();

  const auto outcome =
      LocalShell().run({.argv = {"sh", "-c", "sleep 77 & echo $! >child; sleep 77"}, .folder = folder.path(), .limit = 200ms});

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  CHECK(soon([&] { return !identify(pid_in(folder / "child")); }));
}

TEST_CASE("a program that ignores SIGTERM is killed", "[process]") {
  const auto begin = std::chrono::steady_clock::now();

  const auto outcome = LocalShell().run({.argv = {"sh", "-c", "trap '' TERM; while :; do sleep 77; done"}, .limit = 200ms});

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
}

TEST_CASE("a program that does not exist is an error, not a status", "[process]") {
  const auto outcome = LocalShell().run({.argv = {"no-such-program-here"}});

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::process_failed);
  CHECK(outcome.error().message == "can't start \"no-such-program-here\": no such file or directory");
}

TEST_CASE("a program that was killed reports its signal", "[process]") {
  const auto outcome = run_ok({.argv = {"sh", "-c", "kill -SEGV $$"}});

  CHECK(outcome.signal == SIGSEGV);
  CHECK_FALSE(outcome.succeeded());
}

TEST_CASE("output, errors and status of a program are told apart", "[process]") {
  const auto outcome = run_ok({.argv = {"sh", "-c", "echo out; echo err >&2; exit 4"}});

  CHECK(outcome.out == "out\n");
  CHECK(outcome.err == "err\n");
  CHECK(outcome.exit_status == 4);
}

TEST_CASE("eight megabytes pass through a program both ways", "[process]") {
  const std::string input(8u << 20, 'x');

  const auto outcome = run_ok({.argv = {"cat"}, .input = input});

  CHECK(outcome.out == input);
}

TEST_CASE("a program that ends without reading its input does no harm", "[process]") {
  const auto outcome = run_ok({.argv = {"true"}, .input = std::string(1u << 20, 'x')});

  CHECK(outcome.succeeded());
}

TEST_CASE("no word of an argument is read by a shell", "[process]") {
  const std::string nasty = "$(id) `id` ; rm -rf \"x\" 'y' \n *";

  const auto outcome = run_ok({.argv = {"printf", "%s", nasty}});

  CHECK(outcome.out == nasty);
}

TEST_CASE("a program inherits our environment with the changes, and works in its folder", "[process]") {
  const TempFolder folder;
  ::setenv("TENANTCTL_TEST_KEPT", "kept", 1);
  ::setenv("TENANTCTL_TEST_CHANGED", "before", 1);

  const auto outcome = run_ok({.argv = {"sh", "-c", "echo $TENANTCTL_TEST_KEPT $TENANTCTL_TEST_CHANGED $(pwd)"},
                               .environment = {"TENANTCTL_TEST_CHANGED=after"},
                               .folder = folder.path()});

  CHECK(outcome.out == "kept after " + folder.path().string() + "\n");
}

TEST_CASE("a program inherits neither descriptors nor blocked signals", "[process]") {
  const int leaked = ::open("/etc/passwd", O_RDONLY);
  sigset_t term;
  sigset_t before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &term, &before);

  const auto outcome = run_ok({.argv = {"sh", "-c", "ls /proc/$$/fd; grep SigBlk /proc/self/status"}});

  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(leaked);
  CHECK(outcome.out == "0\n1\n2\nSigBlk:\t0000000000000000\n");
}

TEST_CASE("many programs run from several threads at once", "[process]") {
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        const auto outcome = LocalShell().run({.argv = {"cat"}, .input = "hello"});
        if (!outcome || outcome->out != "hello") ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();

  CHECK(failures == 0);
}

TEST_CASE("a held server that is never released runs nothing", "[process]") {
  const TempFolder folder;
  ProcessIdentity identity;
  {
    const auto daemon = held(daemon_of(folder, "touch ran; sleep 77"));
    identity = daemon.identity();
    CHECK(is_running(identity));
  }

  CHECK_FALSE(is_running(identity));
  CHECK_FALSE(std::filesystem::exists(folder / "ran"));
}

TEST_CASE("a starter that is killed leaves no held server", "[process]") {
  const TempFolder folder;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t starter = ::fork();
  if (starter == 0) {
    auto daemon = HeldDaemon::hold(daemon_of(folder, "touch ran; sleep 77"));
    const pid_t pid = daemon ? daemon->identity().pid : 0;
    if (::write(ends[1], &pid, sizeof pid) < 0) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  pid_t pid = 0;
  REQUIRE(::read(ends[0], &pid, sizeof pid) == sizeof pid);
  ::waitpid(starter, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);

  REQUIRE(pid > 0);
  CHECK(soon([&] { return !identify(pid); }));
  CHECK_FALSE(std::filesystem::exists(folder / "ran"));
}

TEST_CASE("a released server has the pid that was announced, a session of its own and its log", "[process]") {
  const TempFolder folder;
  auto daemon = held(daemon_of(folder, "echo $$; exec sleep 77"));
  REQUIRE(daemon.release());

  CHECK(soon([&] { return pid_in(folder / "log") == daemon.identity().pid; }));
  CHECK(::getsid(daemon.identity().pid) == daemon.identity().pid);
  CHECK(stop_process(daemon.identity(), std::span(&k_ask, 1)).has_value());
  CHECK_FALSE(is_running(daemon.identity()));
}

TEST_CASE("a pid that belongs to another process by now is not signalled", "[process]") {
  const TempFolder folder;
  auto daemon = held(daemon_of(folder, "exec sleep 77"));
  REQUIRE(daemon.release());
  auto earlier = daemon.identity();
  earlier.started -= 1;
  auto other_boot = daemon.identity();
  other_boot.boot = "another";

  CHECK(stop_process(earlier, std::span(&k_ask, 1)).has_value());
  CHECK(stop_process(other_boot, std::span(&k_ask, 1)).has_value());

  CHECK(is_running(daemon.identity()));
  CHECK(stop_process(daemon.identity(), std::span(&k_ask, 1)).has_value());
}

TEST_CASE("a server that ignores its stop signal is killed", "[process]") {
  const TempFolder folder;
  auto daemon = held(daemon_of(folder, "trap '' TERM; echo ready; while :; do sleep 0.1; done"));
  REQUIRE(daemon.release());
  REQUIRE(soon([&] { return test::read_text(folder / "log") == "ready\n"; }));

  CHECK(stop_process(daemon.identity(), std::span(&k_ask, 1)).has_value());

  CHECK_FALSE(is_running(daemon.identity()));
}

TEST_CASE("what a killed server left behind is found by its log", "[process]") {
  const TempFolder folder;
  auto daemon = held(daemon_of(folder, "sleep 77 & echo $!; wait"));
  REQUIRE(daemon.release());
  REQUIRE(soon([&] { return pid_in(folder / "log") > 0; }));
  const StopStage kill_it{.signal = SIGKILL, .limit = 1s};
  REQUIRE(stop_process(daemon.identity(), std::span(&kill_it, 1)));

  const auto left = writers_of(folder / "log");

  REQUIRE(left.size() == 1);
  CHECK(left[0].pid == pid_in(folder / "log"));
  CHECK(stop_process(left[0], std::span(&kill_it, 1)).has_value());
  CHECK(writers_of(folder / "log").empty());
}

TEST_CASE("a server whose program does not exist ends and says so in its log", "[process]") {
  const TempFolder folder;
  auto daemon = held({.argv = {"/no/such/server"}, .environment = {}, .folder = folder.path(), .log = folder / "log"});
  REQUIRE(daemon.release());

  CHECK(soon([&] { return !is_running(daemon.identity()); }));
  CHECK(test::read_text(folder / "log").find("/no/such/server") != std::string::npos);
}

TEST_CASE("the system's clock and randomness move", "[process]") {
  SystemEntropy entropy;
  std::array<std::uint8_t, 32> first{};
  std::array<std::uint8_t, 32> second{};
  entropy.fill(first);
  entropy.fill(second);

  CHECK(first != second);
  CHECK(SystemClock().now() > instant_from_micros(1'700'000'000'000'000));
}
