// What is in packaging/: systemd takes the units, and tenantctl every command line, in them and in the crontab.
#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "adapters/process/local_shell.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view k_installed = "/usr/bin/tenantctl";
const fs::path k_packaging = fs::path(TENANTCTL_SOURCE_DIR) / "packaging";
const fs::path k_units = k_packaging / "systemd";

std::vector<fs::path> units(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> lines_of_file(const fs::path& file) {
  std::vector<std::string> lines;
  std::istringstream text(read_text(file));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// The value of a key that a unit has once.
std::string value_of(const fs::path& unit, const std::string& key) {
  std::string value;
  for (const auto& line : lines_of_file(unit)) {
    if (line.starts_with(key + "=")) value = line.substr(key.size() + 1);
  }
  return value;
}

struct ProgramEnd {
  int status = -1;
  std::string said;
};
ProgramEnd end_of_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {}) {
  LocalShell shell;
  const auto outcome = shell.run({.argv = argv, .environment = environment, .folder = "/", .limit = std::chrono::minutes(1)});
  if (!outcome) throw std::runtime_error(full_message(outcome.error()));
  return {.status = outcome->exit_status, .said = outcome->out + outcome->err};
}

/// What is behind "tenantctl" in ExecStart.
std::string command_of_unit(const fs::path& service) {
  const auto line = value_of(service, "ExecStart");
  REQUIRE(line.starts_with(std::string(k_installed) + " "));
  return line.substr(k_installed.size() + 1);
}

/// What is behind "tenantctl" in the crontab's lines.
std::vector<std::string> commands_of_crontab() {
  static const std::regex k_plain(R"((?:[0-9*/,-]+ +){5}tenantctl ([^|&;<>()$"]+))");
  static const std::regex k_told_where_it_fails(R"re((?:[0-9*/,-]+ +){5}said=\$\(tenantctl ([^|&;<>()$"]+) 2>&1\) \|\| echo "\$said")re");
  static const std::regex k_setting("[A-Z_]+=[^ ]+");
  std::vector<std::string> commands;
  for (const auto& line : lines_of_file(k_packaging / "crontab")) {
    std::smatch found;
    if (line.empty() || line.starts_with('#') || std::regex_match(line, k_setting)) continue;
    INFO(line);
    REQUIRE((std::regex_match(line, found, k_plain) || std::regex_match(line, found, k_told_where_it_fails)));
    commands.push_back(found[1]);
  }
  return commands;
}

}  // namespace

TEST_CASE("systemd finds nothing to say about the packaged units", "[packaging]") {
  const TempFolder folder;
  fs::copy(k_units, folder.path(), fs::copy_options::recursive);
  std::vector<std::string> argv{"systemd-analyze", "verify", "--man=no"};
  for (const auto& service : units(folder.path(), ".service")) {
    auto text = read_text(service);
    text.replace(text.find(k_installed), k_installed.size(), program(Build::tests));
    write_text(service, text);
    argv.push_back(service.string());
  }
  for (const auto& timer : units(folder.path(), ".timer")) argv.push_back(timer.string());
  REQUIRE(argv.size() >= 3 + 8 + 9);

  const auto verified = end_of_program(argv);

  CHECK(verified.status == 0);
  CHECK(verified.said.empty());  // what it ignores, it only says
}

TEST_CASE("each packaged timer has a time that is one, makes up for runs that were missed, and starts its service", "[packaging]") {
  for (const auto& timer : units(k_units, ".timer")) {
    INFO(timer);
    const auto calendar = end_of_program({"systemd-analyze", "calendar", value_of(timer, "OnCalendar")});
    INFO(calendar.said);
    CHECK(calendar.status == 0);
    CHECK(value_of(timer, "Persistent") == "true");
    CHECK_FALSE(value_of(timer, "RandomizedDelaySec").empty());
    auto service = timer;
    service.replace_extension(".service");
    REQUIRE(fs::exists(service));
    CHECK(value_of(service, "Type") == "oneshot");
    CHECK_FALSE(value_of(service, "TimeoutStartSec").empty());  // without one, a run that hangs keeps all others back
  }
}

TEST_CASE("tenantctl takes each command line in packaging", "[packaging]") {
  auto commands = commands_of_crontab();
  for (const auto& service : units(k_units, ".service")) commands.push_back(command_of_unit(service));
  for (const auto& command : commands) {
    std::vector<std::string> argv{program(Build::tests)};
    std::istringstream words(command);
    for (std::string word; words >> word;) argv.push_back(word);

    // What it does not take ends with 2. The next thing that it looks for is its configuration.
    const auto end = end_of_program(argv, {"TENANTCTL_CONFIG=/nonexistent/tenantctl.yaml"});

    INFO(command << ": " << end.said);
    CHECK(end.status == 3);
  }
}

TEST_CASE("cron and systemd's timers run the same commands", "[packaging]") {
  std::set<std::string> by_timers;
  for (auto timer : units(k_units, ".timer")) by_timers.insert(command_of_unit(timer.replace_extension(".service")));
  const auto by_cron = commands_of_crontab();

  CHECK(std::set<std::string>(by_cron.begin(), by_cron.end()) == by_timers);
}
