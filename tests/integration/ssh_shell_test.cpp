// Programs on a host behind a real sshd: what they get, what they say, how they end, and what is known when they don't.
#include <catch2/catch.hpp>

#include <csignal>
#include <random>
#include <thread>

#include "adapters/ssh/ssh_shell.hpp"
#include "support/ssh_server.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

SshServer& server() {
  static SshServer one;
  return one;
}

ErrorCode refusal_of(const Result<ShellOutcome>& outcome) {
  REQUIRE_FALSE(outcome);
  return outcome.error().code;
}

/// Random bytes but NUL, with a liking for what shells look at.
std::string random_word(std::mt19937& dice) {
  constexpr std::string_view k_special = "'\"\\$`;&|<>(){}[]*?~!#= \t\n\r-%\x01\x7f\x81\x88\xff";
  std::string word(dice() % 12, ' ');
  for (auto& c : word) c = dice() % 2 == 0 ? k_special[dice() % k_special.size()] : static_cast<char>(1 + dice() % 255);
  return word;
}

bool is_gone(const std::filesystem::path& pid_file) {
  const auto pid = std::atoi(read_text(pid_file).c_str());
  REQUIRE(pid > 1);
  for (int i = 0; i < 250 && ::kill(pid, 0) == 0; ++i) std::this_thread::sleep_for(20ms);
  return ::kill(pid, 0) != 0;
}

}  // namespace

TEST_CASE("a host that is down is told as unreachable, and nothing ran", "[ssh]") {
  SshServer gone;
  const auto host = gone.host();
  gone.stop();
  SshShell shell(host);

  const auto outcome = shell.run({.argv = {"true"}});

  CHECK(refusal_of(outcome) == ErrorCode::host_unreachable);
  CHECK(outcome.error().retryable);
}

TEST_CASE("a host key that is unknown, changed, revoked or of another type is refused, each by its name", "[ssh]") {
  SshServer host;
  const auto other = host.make_key("ed25519", "other");
  const auto other_type = host.make_key("ecdsa", "other_type");
  const auto ours = host.known_as() + " " + host.public_key() + "\n";
  for (const auto& [known_hosts, code] :
       {std::pair{std::string(), ErrorCode::host_key_unknown}, std::pair{host.known_as() + " " + other + "\n", ErrorCode::host_key_changed},
        std::pair{"@revoked * " + host.public_key() + "\n" + ours, ErrorCode::host_key_revoked},
        std::pair{host.known_as() + " " + other_type + "\n", ErrorCode::host_key_other_type}}) {
    host.know(known_hosts);
    SshShell shell(host.host());

    const auto outcome = shell.run({.argv = {"touch", (host.folder() / "ran").native()}});

    CHECK(refusal_of(outcome) == code);
    CHECK_FALSE(outcome.error().hint.empty());
  }
  CHECK_FALSE(std::filesystem::exists(host.folder() / "ran"));
  CHECK_THAT(host.log(), !Contains("Accepted publickey"));
}

TEST_CASE("a key that the host does not know is refused, and so is a file that is none", "[ssh]") {
  auto host = server().host();
  (void)server().make_key("ed25519", "stranger");
  host.identities = {server().folder() / "stranger", server().folder() / "known_hosts"};
  SshShell shell(host);

  const auto outcome = shell.run({.argv = {"true"}});

  CHECK(refusal_of(outcome) == ErrorCode::ssh_refused);
  CHECK_THAT(outcome.error().message, Contains("stranger") && Contains("holds no private key"));
}

TEST_CASE("a program's output, its errors and its status arrive apart", "[ssh]") {
  SshShell shell(server().host());

  const auto outcome = shell.run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 7"}});

  REQUIRE(outcome);
  CHECK(outcome->out == "out\n");
  CHECK(outcome->err == "err\n");
  CHECK(outcome->exit_status == 7);
  CHECK(outcome->signal == 0);
}

TEST_CASE("a program that a signal ended is told by the signal", "[ssh]") {
  SshShell shell(server().host());

  const auto outcome = shell.run({.argv = {"sh", "-c", "kill -TERM $$"}});

  REQUIRE(outcome);
  CHECK(outcome->signal == SIGTERM);
  CHECK_FALSE(outcome->succeeded());
}

TEST_CASE("a program or folder that is not there is told as not started", "[ssh]") {
  SshShell shell(server().host());

  CHECK(refusal_of(shell.run({.argv = {"no-such-program"}})) == ErrorCode::process_failed);
  CHECK(refusal_of(shell.run({.argv = {"true"}, .folder = "/no/such/folder"})) == ErrorCode::process_failed);
}

TEST_CASE("eight megabytes go there and back at once", "[ssh]") {
  SshShell shell(server().host());
  std::string input(8U << 20U, '\0');
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<char>(i * 31 + i / 4096);

  const auto outcome = shell.run({.argv = {"cat"}, .input = input});

  REQUIRE(outcome);
  CHECK(outcome->succeeded());
  CHECK((outcome->out == input));
}

TEST_CASE("a program that does not read its input gets none of it, and its own status counts", "[ssh]") {
  SshShell shell(server().host());

  const auto outcome = shell.run({.argv = {"sh", "-c", "exit 3"}, .input = std::string(1U << 20U, 'x')});

  REQUIRE(outcome);
  CHECK(outcome->exit_status == 3);
}

TEST_CASE("what exceeds its time is ended there too", "[ssh]") {
  SshShell shell(server().host());
  const auto pid_file = server().folder() / "slow.pid";

  const auto outcome = shell.run({.argv = {"sh", "-c", "echo $$ >\"$1\"; exec sleep 1000", "sh", pid_file.native()}, .limit = 500ms});

  CHECK(refusal_of(outcome) == ErrorCode::timed_out);
  CHECK(is_gone(pid_file));
}

TEST_CASE("what does not end when it is asked to is killed", "[ssh]") {
  SshShell shell(server().host());
  const auto pid_file = server().folder() / "stubborn.pid";

  const auto outcome = shell.run(
      {.argv = {"sh", "-c", "trap '' TERM; echo $$ >\"$1\"; while :; do sleep 0.1; done", "sh", pid_file.native()}, .limit = 500ms});

  CHECK(refusal_of(outcome) == ErrorCode::timed_out);
  CHECK(is_gone(pid_file));
}

TEST_CASE("a program's own status 124 is not taken for the end of its time", "[ssh]") {
  SshShell shell(server().host());

  const auto outcome = shell.run({.argv = {"sh", "-c", "exit 124"}});

  REQUIRE(outcome);
  CHECK(outcome->exit_status == 124);
}

TEST_CASE("when the link breaks under a program, what became of it is unknown", "[ssh]") {
  SshServer host;
  SshShell shell(host.host());
  std::thread cutter([&] {
    for (int i = 0; i < 500 && !std::filesystem::exists(host.folder() / "begun"); ++i) std::this_thread::sleep_for(10ms);
    host.end_sessions();
  });

  const auto outcome = shell.run({.argv = {"sh", "-c", "touch \"$1\"; exec sleep 5", "sh", (host.folder() / "begun").native()}});
  cutter.join();

  CHECK(refusal_of(outcome) == ErrorCode::outcome_unknown);
}

TEST_CASE("a program whose link broke is ended by the host at its limit", "[ssh]") {
  SshServer host;
  SshShell shell(host.host());
  const auto pid_file = host.folder() / "orphan.pid";
  std::thread cutter([&] {
    for (int i = 0; i < 500 && !std::filesystem::exists(pid_file); ++i) std::this_thread::sleep_for(10ms);
    host.end_sessions();
  });

  const auto outcome = shell.run({.argv = {"sh", "-c", "echo $$ >\"$1\"; exec sleep 1000", "sh", pid_file.native()}, .limit = 2s});
  cutter.join();

  CHECK(refusal_of(outcome) == ErrorCode::outcome_unknown);
  CHECK(is_gone(pid_file));
}

TEST_CASE("a connection that died between two commands is made again", "[ssh]") {
  SshServer host;
  SshShell shell(host.host());
  REQUIRE(shell.run({.argv = {"true"}}));
  host.end_sessions();

  const auto outcome = shell.run({.argv = {"echo", "again"}});

  REQUIRE(outcome);
  CHECK(outcome->out == "again\n");
}

TEST_CASE("commands one after another share a connection, and from several threads each has its own", "[ssh]") {
  SshServer host;
  SshShell shell(host.host());
  for (int i = 0; i < 5; ++i) REQUIRE(shell.run({.argv = {"true"}}));
  const auto logins = [&] {
    const auto log = host.log();
    std::size_t count = 0;
    for (auto at = log.find("Accepted publickey"); at != std::string::npos; at = log.find("Accepted publickey", at + 1)) ++count;
    return count;
  };
  CHECK(logins() == 1);

  std::vector<std::thread> threads;
  std::array<std::string, 4> said;
  for (std::size_t i = 0; i < said.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const auto outcome = shell.run({.argv = {"echo", std::to_string(i)}});
        said[i] += outcome ? outcome->out : "failed\n";
      }
    });
  }
  for (auto& thread : threads) thread.join();

  for (std::size_t i = 0; i < said.size(); ++i) {
    std::string expected;
    for (int round = 0; round < 10; ++round) expected += std::to_string(i) + "\n";
    CHECK(said[i] == expected);
  }
  CHECK(logins() <= 4);
}

TEST_CASE("values of the environment reach the program and stand on no command line", "[ssh]") {
  SshShell shell(server().host());

  const auto outcome = shell.run(
      {.argv = {"sh", "-c", "printf '%s' \"$CANARY\"; cat; for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$file 2>/dev/null; done"},
       .input = "|input|",
       .environment = {"CANARY=it's a \"$secret\"\nof two lines"}});

  REQUIRE(outcome);
  CHECK_THAT(outcome->out, Catch::StartsWith("it's a \"$secret\"\nof two lines|input|"));
  CHECK(outcome->out.find("$secret", 30) == std::string::npos);
}

TEST_CASE("a NUL byte in an argument is refused", "[ssh]") {
  SshShell shell(server().host());

  CHECK(refusal_of(shell.run({.argv = {"echo", std::string("a\0b", 3)}})) == ErrorCode::bad_value);
}

TEST_CASE("ten thousand arguments of any bytes arrive as they are", "[ssh]") {
  std::mt19937 dice(Catch::rngSeed());
  SshShell shell(server().host());
  for (int batch = 0; batch < 50; ++batch) {
    ShellCommand command{.argv = {"printf", "%s\\0"}};
    std::string expected;
    for (int i = 0; i < 200; ++i) {
      command.argv.push_back(random_word(dice));
      expected += command.argv.back() + '\0';
    }
    if (batch % 5 == 0) command.environment = {"LC_ALL=C"};  // by way of the small sh that reads its text

    const auto outcome = shell.run(command);

    REQUIRE(outcome);
    INFO("batch " << batch << ", seed " << Catch::rngSeed() << outcome->err);
    REQUIRE((outcome->out == expected));
  }
}

TEST_CASE("on a host with sudo programs run through it, with their environment and input, and nothing more in the command line", "[ssh]") {
  SshServer own;
  auto host = own.host();
  host.sudo = Sudo::yes;
  SshShell shell(host);

  const auto outcome =
      shell.run({.argv = {"sh", "-c", "echo $(id -u) ${SUDO_COMMAND:+by sudo} \"$CANARY\"; tr '\\0' ' ' </proc/$PPID/cmdline; cat"},
                 .input = "what it reads",
                 .environment = {"CANARY=planted 'canary'"}});

  REQUIRE(outcome);
  INFO(outcome->err);
  CHECK(outcome->succeeded());
  CHECK_THAT(outcome->out, Catch::StartsWith("0 by sudo planted 'canary'\n") && Catch::EndsWith("what it reads"));
  CHECK(outcome->out.find("planted", outcome->out.find('\n')) == std::string::npos);
}
