#include "support/bench_host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "adapters/files/descriptor.hpp"
#include "adapters/process/local_shell.hpp"
#include "adapters/process/spawn.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {

namespace fs = std::filesystem;

BenchHost::BenchHost(MariadbServer& database) : database_(database), web_port_(free_port()) {
  fs::create_directories(bench() / "logs");
  write_text(bench() / "sites" / "apps.txt", "frappe\nerpnext\ntenant_oauth_auth\n");
  write_text(bench() / "sites" / "common_site_config.json",
             fmt::format(R"({{"db_host": "127.0.0.1", "db_port": {}, "webserver_port": {}}})", database_.port(), web_port_));
  if (::geteuid() == 0) set_fault("allow_root");  // the real one refuses root, and so does this one without
  serve();
}

BenchHost::~BenchHost() {
  if (web_ <= 0) return;
  ::kill(web_, SIGTERM);
  ::waitpid(web_, nullptr, 0);
}

void BenchHost::serve() {
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor log(::open((folder_ / "web.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const auto pid = spawn({.argv = {"setpriv", "--pdeathsig=TERM", "--", program(), "serve"},
                          .environment = environment_with({}),
                          .folder = bench(),
                          .stdio = {null.get(), log.get(), log.get()}});
  if (!pid) throw std::runtime_error(full_message(pid.error()));
  web_ = *pid;
  for (int i = 0; i < 500; ++i) {
    if (read_text(folder_ / "web.log").find("listening") != std::string::npos) return;
    ::usleep(20'000);
  }
  throw std::runtime_error("the stand-in's web server does not start: " + read_text(folder_ / "web.log"));
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
