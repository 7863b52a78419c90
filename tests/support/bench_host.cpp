#include "support/bench_host.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/process/local_shell.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {

namespace fs = std::filesystem;

BenchHost::BenchHost(MariadbServer& database) : database_(database), web_port_(free_port()) {
  fs::create_directories(bench() / "logs");
  write_text(bench() / "sites" / "apps.txt", "frappe\nerpnext\ntenant_oauth_auth\n");
  write_text(bench() / "sites" / "common_site_config.json",
             fmt::format(R"({{"db_host": "127.0.0.1", "db_port": {}, "webserver_port": {}}})", database_.port(), web_port_));
  if (::geteuid() == 0) set_fault("allow_root");  // the real one refuses root, and so does this one without
  web_.start({.argv = {program(), "serve"}, .log = folder_ / "web.log", .folder = bench()},
             [this] { return says(folder_ / "web.log", "listening"); });
}

std::string BenchHost::run(const std::vector<std::string>& arguments, const std::string& input, int* status) const {
  std::vector<std::string> argv{"setsid", "--wait", program()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  LocalShell shell;
  const auto outcome = shell.run({.argv = argv, .input = input, .folder = bench()});
  if (!outcome) throw std::runtime_error(full_message(outcome.error()));
  if (status != nullptr) *status = outcome->exit_status;
  return outcome->out + outcome->err;
}

std::string BenchHost::program() const { return TENANTCTL_SOURCE_DIR "/tests/support/bench/bench"; }

std::string BenchHost::web() const { return fmt::format("http://127.0.0.1:{}", web_port_); }

std::vector<fs::path> BenchHost::files_holding(const std::string& word) const {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(bench())) {
    if (entry.is_regular_file() && read_text(entry.path()).find(word) != std::string::npos) found.push_back(entry.path());
  }
  return found;
}

}  // namespace tenantctl::test
