#include "support/redis_server.hpp"

#include "support/free_port.hpp"

namespace tenantctl::test {

RedisServer::RedisServer(const std::string& password) : port_(free_port()) {
  const auto conf = folder_ / "redis.conf";
  const auto log = folder_ / "log";
  write_text(conf, "bind 127.0.0.1\nport " + std::to_string(port_) + "\nsave \"\"\nappendonly no\ndir " + folder_.path().string() + "\n" +
                       (password.empty() ? "" : "requirepass " + password + "\n"));
  // Debian's redis-tools have the server's program under the name of another, without the service: its first argument decides.
  server_.start({.argv = {"bash", "-c", R"(exec -a redis-server redis-check-rdb "$0")", conf.string()}, .log = log},
                [&] { return says(log, "Ready to accept connections"); });
}

}  // namespace tenantctl::test
