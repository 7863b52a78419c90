// One sandbox per test program, made and removed by the real binary, and the binary itself to run in it. What a test makes
// in it, it takes away; leftovers() tells whether it did.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/temp_folder.hpp"

namespace tenantctl::test {

struct CliResult {
  int status = -1;  // as a shell would give it: 128 + n where a signal ended it
  std::string out;
  std::string err;

  nlohmann::json json() const { return nlohmann::json::parse(out); }
  /// The `error` of the one JSON line on stderr.
  nlohmann::json error() const { return nlohmann::json::parse(err).at("error"); }
};

/// The status of a program that SIGKILL ended.
inline constexpr int k_killed = 128 + 9;

enum class Build { tests, release };

/// The path of that build's tenantctl.
std::string program(Build build);
/// Whose such a run is; see LiveSandbox::run.
Build build_for(const std::vector<std::string>& args, const std::vector<std::string>& environment);

/// What exists in a sandbox that belongs to tenants or was meant for one, each as one line.
using Inventory = std::vector<std::string>;

class LiveSandbox {
 public:
  /// The program's one sandbox; made at the first call, removed at exit.
  static LiveSandbox& get();

  /// Runs `tenantctl ARGS…` with the sandbox's configuration; `environment` is "NAME=value". Deadline: one minute. Where
  /// $TENANTCTL_PLAIN_RUNS is "release", a run without a failpoint is the release build's, which starts faster.
  CliResult run(const std::vector<std::string>& args, const std::vector<std::string>& environment = {}) const;
  /// The same below another program, such as strace. The release build, for which scripts/test cares, has no sanitizers,
  /// whose own system calls must not meet an injected fault, and no failpoints.
  CliResult run_under(std::vector<std::string> wrapper, const std::vector<std::string>& args,
                      const std::vector<std::string>& environment = {}, Build build = Build::tests) const;

  /// PostgreSQL notices that a client was killed once its statement has ended; until then the tenant is locked. Waits for that, for
  /// two seconds at most; run() does so by itself.
  void outlive_locks() const;

  /// Runs a bash script in which $T is the tests' tenantctl, with the sandbox's configuration.
  CliResult bash(const std::string& script) const;

  /// Creates a tenant and fails the test where that fails.
  nlohmann::json create(const std::string& slug, std::vector<std::string> more = {}) const;
  /// Rolls a finished create back, so that nothing of it is left.
  void remove(const std::string& slug) const;
  /// Ends the quarantine of deleted tenants' names: other tests want them.
  void free_names() const { sql("update tenants set quarantined_until = null where status = 'deleted'", "tenantctl"); }

  /// Takes away what a test that failed has left, as far as commands can, so that those after it are judged for themselves.
  void clear();
  /// Whether a test of this program has used it.
  static bool is_made() { return is_made_; }

  /// A page of a tenant through nginx: "STATUS\nBODY"; empty where nginx closes the connection.
  std::string get(const std::string& host, const std::string& path = "/") const;

  /// Whether the tenant's own application answers through nginx.
  bool is_live(const std::string& slug) const;

  /// The first column of each row, as the superuser.
  std::vector<std::string> sql(const std::string& statement, const std::string& database = "postgres") const;

  /// Databases, schemas and what else is in the shared database, roles, route files, server blocks, credentials, temporary files, tenants
  /// and open operations, as they are now.
  Inventory inventory() const;

  const std::filesystem::path& dir() const { return dir_; }
  /// What runs are given: the sandbox's own configuration, or the one of the last `use`.
  const std::filesystem::path& config() const { return config_; }
  /// A configuration for all that follows; an empty path means the sandbox's own again.
  void use(const std::filesystem::path& config) { config_ = config.empty() ? dir_ / "tenantctl.yaml" : config; }
  const nlohmann::json& status() const { return status_; }
  int pid_of(const std::string& server) const;
  /// Ends PostgreSQL with SIGINT (fast) or SIGQUIT (immediate), and waits for that.
  void stop_postgres(int signal) const;
  /// Starts whatever does not run.
  void repair();

 private:
  LiveSandbox();
  ~LiveSandbox();
  std::vector<std::string> left_in_shared_database() const;

  static inline bool is_made_ = false;

  TempFolder folder_;
  std::filesystem::path dir_;
  std::filesystem::path config_;
  nlohmann::json status_;
};

inline LiveSandbox& sandbox() { return LiveSandbox::get(); }

}  // namespace tenantctl::test
