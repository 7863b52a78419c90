#include "support/doc_sessions.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <regex>
#include <span>
#include <sstream>

#include "adapters/process/local_shell.hpp"

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_anything = "…";
constexpr char k_end_of_command = '\x1e';  // ASCII's record separator: nothing prints it

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

/// A line with all that differs from run to run taken out of it.
std::string comparable(std::string line) {
  static const std::array<std::pair<std::regex, std::string>, 10> k_varying{{
      {std::regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"},
      {std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"), "INSTANT"},
      {std::regex("\\b[A-Z][A-Z2-9]{7}\\b"), "CODE"},
      {std::regex("\\b(demo|shop|shared)_[a-z][a-z2-9]{7}"), "$1_CODE"},
      {std::regex("\\b[0-9]+ ms\\b"), "N ms"},
      {std::regex("\\b(applied|reverted|failed) +[0-9]+"), "$1 N"},
      {std::regex("\\bpid [0-9]+"), "pid N"},
      {std::regex("(127\\.0\\.0\\.1|\\.test):[0-9]+"), "$1:PORT"},
      {std::regex("^runs as +[^ ]+"), "runs as USER"},
      {std::regex(" +"), " "},
  }};
  for (const auto& [pattern, name] : k_varying) line = std::regex_replace(line, pattern, name);
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

bool line_matches(std::string_view promised, std::string_view actual) {
  const auto gap = promised.find(k_anything);
  if (gap == std::string_view::npos) return promised == actual;
  if (!actual.starts_with(promised.substr(0, gap))) return false;
  const auto rest = promised.substr(gap + k_anything.size());
  for (auto at = gap; at <= actual.size(); ++at) {
    if (line_matches(rest, actual.substr(at))) return true;
  }
  return false;
}

bool lines_match(std::span<const std::string> promised, std::span<const std::string> actual) {
  if (promised.empty()) return actual.empty();
  if (promised.front() != k_anything) {
    return !actual.empty() && line_matches(comparable(promised.front()), comparable(actual.front())) &&
           lines_match(promised.subspan(1), actual.subspan(1));
  }
  for (std::size_t skipped = 0; skipped <= actual.size(); ++skipped) {
    if (lines_match(promised.subspan(1), actual.subspan(skipped))) return true;
  }
  return false;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

std::vector<DocCommand> console_commands(std::string_view markdown) {
  std::vector<DocCommand> commands;
  bool inside = false;
  bool first = false;
  int number = 0;
  for (const auto& line : lines_of(markdown)) {
    ++number;
    if (line.starts_with("```")) {
      inside = !inside && line == "```console";
      first = inside;
    } else if (inside && line.starts_with("$ ")) {
      commands.push_back({.line = number, .text = line.substr(2), .promised = {}});
      first = false;
    } else if (inside && first) {
      throw std::runtime_error(fmt::format("line {}: a console block must begin with a command", number));
    } else if (inside && line.starts_with("> ") && commands.back().promised.empty()) {
      commands.back().text += "\n" + line.substr(2);
    } else if (inside) {
      commands.back().promised.push_back(line);
    }
  }
  return commands;
}

std::vector<std::string> fenced_blocks(std::string_view markdown, std::string_view language) {
  std::vector<std::string> blocks;
  bool fenced = false;
  bool wanted = false;
  for (const auto& line : lines_of(markdown)) {
    if (line.starts_with("```")) {
      wanted = !fenced && line.substr(3) == language;
      fenced = !fenced;
      if (wanted) blocks.emplace_back();
    } else if (wanted) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

bool keeps_promise(const std::vector<std::string>& promised, const std::vector<std::string>& actual) {
  return lines_match(promised, actual);
}

DocSession::DocSession() {
  fs::permissions(folder_.path(), fs::perms(0755));  // as root, the servers run as another user
}

DocSession::~DocSession() {
  try {
    (void)bash("tenantctl --yes sandbox down --purge");
  } catch (const std::exception&) {  // the tests have failed already, if that matters
  }
}

std::string DocSession::bash(const std::string& script) const {
  const auto home = folder_.path().string();
  const auto file = folder_ / "session.sh";
  write_text(file, script);
  LocalShell shell;
  // TENANTCTL_CONFIG: a configuration of this very machine's must not be found before the sandbox's.
  const auto outcome =
      shell.run({.argv = {"env", "-i", fmt::format("PATH={}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", TENANTCTL_BIN_DIR),
                          "HOME=" + home, "USER=ops", "LANG=C.UTF-8", "NO_PROXY=*", "XDG_STATE_HOME=" + home + "/.local/state",
                          "TENANTCTL_CONFIG=" + home + "/.local/state/tenantctl/sandbox/tenantctl.yaml", "bash", file.string()},
                 .folder = home,
                 .limit = std::chrono::minutes(4)});
  if (!outcome) throw std::runtime_error(full_message(outcome.error()));
  auto text = outcome->out + outcome->err;
  replace_all(text, home, "/home/ops");
  replace_all(text, "@" + host_name(), "@web1");
  return text;
}

std::vector<DocOutcome> DocSession::run(const std::vector<DocCommand>& commands) const {
  std::string script = "exec 2>&1 </dev/null\n";
  for (const auto& command : commands) {
    script += command.text +
              fmt::format("\nstatus_=$?; printf '\\{:03o}%d\\n' \"$status_\"; (exit \"$status_\")\n", static_cast<int>(k_end_of_command));
  }
  const auto text = bash(script);
  std::vector<DocOutcome> outcomes(commands.size());
  std::size_t begin = 0;
  for (auto& outcome : outcomes) {
    const auto end = text.find(k_end_of_command, begin);
    const auto line_end = text.find('\n', end);
    outcome.lines = lines_of(std::string_view(text).substr(begin, end - begin));
    if (end == std::string::npos || line_end == std::string::npos) break;
    outcome.status = std::stoi(text.substr(end + 1, line_end - end - 1));
    begin = line_end + 1;
  }
  return outcomes;
}

}  // namespace tenantctl::test
