#include "support/redis_server.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "adapters/files/descriptor.hpp"
#include "adapters/process/spawn.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {

RedisServer::RedisServer(const std::string& password) : port_(free_port()) {
  write_text(folder_ / "redis.conf", "bind 127.0.0.1\nport " + std::to_string(port_) + "\nsave \"\"\nappendonly no\ndir " +
                                         folder_.path().string() + "\n" + (password.empty() ? "" : "requirepass " + password + "\n"));
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor log(::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  // Debian's redis-tools have the server's program under the name of another, without the service: its first argument decides.
  const auto pid = spawn({.argv = {"setpriv", "--pdeathsig=TERM", "--", "bash", "-c", R"(exec -a redis-server redis-check-rdb "$0")",
                                   (folder_ / "redis.conf").string()},
                          .environment = environment_with({}),
                          .stdio = {null.get(), log.get(), log.get()}});
  if (!pid) throw std::runtime_error(full_message(pid.error()));
  pid_ = *pid;
  for (int i = 0; i < 500; ++i) {
    if (read_text(folder_ / "log").find("Ready to accept connections") != std::string::npos) return;
    ::usleep(20'000);
  }
  throw std::runtime_error("Redis does not start: " + read_text(folder_ / "log"));
}

RedisServer::~RedisServer() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace tenantctl::test
