#include "adapters/postgres/programs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/postgres/conninfo.hpp"
#include "adapters/process/local_shell.hpp"

namespace tenantctl::postgres {
namespace {

constexpr int k_oldest = 14;
constexpr int k_newest = 30;  // a bound for the search, far beyond what there is
constexpr std::chrono::hours k_limit{12};

/// A program reads servers of its own release and older ones. Debian's wrapper in /usr/bin takes the local cluster's release, which
/// says nothing of another server's.
Result<std::string> find_program(std::string_view program, int server_version) {
  const int release = std::max(server_version / 10000, k_oldest);
  for (int at_least = release; at_least < k_newest; ++at_least) {
    auto path = fmt::format("/usr/lib/postgresql/{}/bin/{}", at_least, program);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return fail(make_error(ErrorCode::process_failed, fmt::format("{} of PostgreSQL {} or later is not installed", program, release))
                  .with_hint(fmt::format("run \"apt-get install postgresql-client-{}\"", release)));
}

/// "pg_dump: error: no such table" without what it repeats of the archive: that is the tenant's data.
std::string complaint_in(std::string_view text, std::string_view program) {
  const auto begins = fmt::format("{}: error: ", program);
  auto at = text.find(begins);
  if (at == std::string_view::npos) return "it ended with an error";
  text.remove_prefix(at + begins.size());
  return std::string(text.substr(0, text.find('\n')));
}

/// Whether the program ended because its server was not there, or no longer: nothing is wrong with what it read then.
bool tells_of_lost_server(std::string_view complaint) {
  const auto says = [&](std::string_view text) { return complaint.find(text) != std::string_view::npos; };
  return complaint.starts_with("connection to server") || says("server closed the connection") || says("terminating connection") ||
         says("no connection to the server");
}

Error error_of(std::string_view program, const ShellOutcome& outcome) {
  const auto complaint = complaint_in(outcome.err, program);
  auto message = fmt::format("{}: {}", program, complaint);
  if (outcome.signal != 0) message = fmt::format("{} was ended by signal {}", program, outcome.signal);
  if (outcome.err.find("No space left on device") != std::string::npos || complaint.find("could not extend file") != std::string::npos) {
    return make_error(ErrorCode::disk_full, std::move(message)).with_hint("free some space, and try again");
  }
  if (tells_of_lost_server(complaint)) return make_error(ErrorCode::server_unreachable, std::move(message)).may_retry();
  return make_error(ErrorCode::process_failed, std::move(message));
}

}  // namespace

Result<void> run_program(std::string_view program, const std::vector<std::string>& arguments, const ProgramTarget& target) {
  TRY_ASSIGN(const auto path, find_program(program, target.server_version));
  TRY_ASSIGN(const auto shown, without_password(target.conninfo));
  std::vector<std::string> argv{path, "--no-password", "--dbname=" + shown};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto name = target.label.empty() ? std::string("tenantctl") : "tenantctl " + target.label;
  std::vector<std::string> environment{"PGAPPNAME=" + name, "LC_ALL=C"};
  if (const auto password = conninfo_value(target.conninfo, "password"); !password.empty()) environment.push_back("PGPASSWORD=" + password);
  LocalShell shell;
  TRY_ASSIGN(const auto outcome, shell.run({.argv = std::move(argv), .environment = std::move(environment), .limit = k_limit}));
  if (!outcome.succeeded()) return fail(error_of(program, outcome));
  return {};
}

}  // namespace tenantctl::postgres
