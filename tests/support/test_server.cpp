#include "support/test_server.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "adapters/files/descriptor.hpp"
#include "adapters/process/spawn.hpp"
#include "support/temp_folder.hpp"

namespace tenantctl::test {

void TestServer::start(const Command& command, const std::function<bool()>& is_ready) {
  // setpriv executes the program in its own process, so that the pid is the server's.
  std::vector<std::string> argv{"setpriv", "--pdeathsig=TERM"};
  argv.insert(argv.end(), command.as.begin(), command.as.end());
  argv.emplace_back("--");
  argv.insert(argv.end(), command.argv.begin(), command.argv.end());
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor log(::open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const auto pid = spawn({.argv = argv,
                          .environment = environment_with({"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}),
                          .folder = command.folder,
                          .stdio = {null.get(), log.get(), log.get()}});
  if (!pid) throw std::runtime_error(full_message(pid.error()));
  pid_ = *pid;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!is_ready()) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error(command.argv.front() + " does not start: " + read_text(command.log));
    ::usleep(20'000);
  }
}

void TestServer::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool says(const std::filesystem::path& log, const std::string& text) {
  return std::filesystem::exists(log) && read_text(log).find(text) != std::string::npos;
}

}  // namespace tenantctl::test
