// A PostgreSQL that is reached through a real sshd: it keeps the whole contract of a DatabaseServer, what fails on the way
// is told by its name, and nobody but this process gets through.
#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "adapters/postgres/conninfo.hpp"
#include "adapters/ssh/ssh_tunnel.hpp"
#include "contract/postgres_server_contract.hpp"
#include "support/free_port.hpp"
#include "support/ssh_server.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

SshServer& host() {
  static SshServer one;
  return one;
}

std::unique_ptr<Tunnel> tunnel_to(const Secret& url, const SshHost& by = host().host()) {
  auto target = postgres::tunnel_target(url);
  REQUIRE(target);
  return std::make_unique<SshTunnel>(by, std::move(*target));
}

/// No connection that leaves the tunnel out gets anywhere.
void check_contract(const Provisioner& provisioner, const std::string& shared = {}) {
  const auto from_here = postgres::through_tunnel(provisioner.url, {.folder = "/nonexistent", .port = 1});
  REQUIRE(from_here);
  PostgresServer server(*from_here, {}, tunnel_to(provisioner.url));
  check_postgres_contract(server, provisioner, shared);
}

Error failure_of(PostgresServer& server) {
  const auto info = server.server_info();
  REQUIRE_FALSE(info);
  return info.error();
}

/// A connection of another process to the abstract socket, and what it reads; empty where it is turned away.
std::string read_as_somebody_else(const TunnelEnd& end) {
  int back[2];
  REQUIRE(::pipe(back) == 0);
  const auto child = ::fork();
  if (child == 0) {
    // Our own children are let in, for they are programs that we run: another process is none of them.
    if (const auto stranger = ::fork(); stranger != 0) {
      ::waitpid(stranger, nullptr, 0);
      ::_exit(0);
    }
    const auto name = end.folder + "/.s.PGSQL." + std::to_string(end.port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, name.size());
    address.sun_path[0] = '\0';
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    char answer = 'x';
    // The eight bytes of PostgreSQL's SSLRequest, which every server answers with one byte.
    const unsigned char request[8] = {0, 0, 0, 8, 4, 210, 22, 47};
    const bool connected = ::connect(client, reinterpret_cast<const sockaddr*>(&address),
                                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0;
    if (connected && ::send(client, request, sizeof request, MSG_NOSIGNAL) == 8 && ::recv(client, &answer, 1, 0) == 1)
      (void)!::write(back[1], &answer, 1);
    if (!connected) (void)!::write(back[1], "no socket", 9);
    ::_exit(0);
  }
  ::close(back[1]);
  std::string read(16, '\0');
  const auto count = ::read(back[0], read.data(), read.size());
  ::close(back[0]);
  ::waitpid(child, nullptr, 0);
  return read.substr(0, count > 0 ? static_cast<std::size_t>(count) : 0);
}

}  // namespace

TEST_CASE("a server behind SSH keeps the contract by its Unix socket", "[ssh][tunnel]") { check_contract(superuser()); }

TEST_CASE("a server behind SSH keeps the contract as a provisioner with CREATEROLE and CREATEDB", "[ssh][tunnel]") {
  check_contract(ordinary_provisioner());
}

TEST_CASE("a server behind SSH keeps the contract with a schema per tenant", "[ssh][tunnel]") {
  check_contract(superuser(), "contract_behind_ssh");
}

TEST_CASE("a server behind SSH is reached by TCP, with a password that travels inside", "[ssh][tunnel]") {
  ask(session(PostgresCluster::shared().url()),
      "drop role if exists by_tcp; create role by_tcp login createrole createdb password 'through-the-tunnel'");
  const auto url = PostgresCluster::shared().tcp_url("postgres", "by_tcp", "through-the-tunnel");
  PostgresServer server(url, {}, tunnel_to(url));

  const auto info = server.server_info();

  REQUIRE_OK(info);
  CHECK(info->may_create_databases);
  CHECK(server.address().host == "127.0.0.1");
}

TEST_CASE("a host that is down is told as the host's fault, and a host that is unknown is not logged in to", "[ssh][tunnel]") {
  const auto url = PostgresCluster::shared().url();
  SshServer gone;
  const auto down = gone.host();
  gone.stop();
  PostgresServer behind_down(url, {}, tunnel_to(url, down));
  auto stranger = host().host();
  stranger.known_hosts = "/nonexistent";
  PostgresServer behind_stranger(url, {}, tunnel_to(url, stranger));

  CHECK(failure_of(behind_down).code == ErrorCode::host_unreachable);
  CHECK(failure_of(behind_stranger).code == ErrorCode::host_key_unknown);
}

TEST_CASE("a server that is down behind its host is told with the host's name and what it tried", "[ssh][tunnel]") {
  const Secret url(fmt::format("postgresql://127.0.0.1:{}/postgres", free_port()));
  PostgresServer server(url, {}, tunnel_to(url));

  REQUIRE(failure_of(server).code == ErrorCode::server_unreachable);
  const auto error = failure_of(server);  // and the link bears it more than once

  CHECK(error.code == ErrorCode::server_unreachable);
  CHECK(error.retryable);
  CHECK_THAT(error.message, Contains("host \"db1\"") && Contains(url.reveal().substr(13, 12)) && !Contains("@tenantctl"));
  CHECK_THAT(error.hint, Contains("pg_lsclusters"));
}

TEST_CASE("a socket folder without a server is told as the server's absence", "[ssh][tunnel]") {
  const Secret url("postgresql:///postgres?host=/nonexistent");
  PostgresServer server(url, {}, tunnel_to(url));

  const auto error = failure_of(server);

  INFO(error.message);
  CHECK(error.code == ErrorCode::server_unreachable);
  CHECK_THAT(error.message, Contains("/nonexistent/.s.PGSQL.5432"));
}

TEST_CASE("a host that forbids forwarding is told with the setting that allows it", "[ssh][tunnel]") {
  const SshServer strict("DisableForwarding yes\n");
  const auto by_socket = PostgresCluster::shared().url();
  const Secret by_tcp(fmt::format("postgresql://127.0.0.1:{}/postgres", PostgresCluster::shared().port()));
  PostgresServer at_socket(by_socket, {}, tunnel_to(by_socket, strict.host()));
  PostgresServer at_port(by_tcp, {}, tunnel_to(by_tcp, strict.host()));

  CHECK_THAT(failure_of(at_socket).hint, Contains("AllowStreamLocalForwarding"));
  CHECK(failure_of(at_port).code == ErrorCode::ssh_refused);
  const auto again = failure_of(at_port);
  INFO(again.message);
  CHECK_THAT(again.hint, Contains("AllowTcpForwarding"));
}

TEST_CASE("what PostgreSQL itself refuses is told through the tunnel, without our own socket's name", "[ssh][tunnel]") {
  const auto url = PostgresCluster::shared().url("no_such_database");
  PostgresServer server(url, {}, tunnel_to(url));

  const auto message = failure_of(server).message;

  CHECK_THAT(message,
             StartsWith("connection to PostgreSQL through host \"db1\"") && Contains("no_such_database") && !Contains("@tenantctl"));
}

TEST_CASE("another process that finds the tunnel's socket is turned away", "[ssh][tunnel]") {
  const auto tunnel = tunnel_to(PostgresCluster::shared().url());
  const auto end = tunnel->open();
  REQUIRE_OK(end);

  CHECK(read_as_somebody_else(*end) == "");
  const auto through = postgres::through_tunnel(PostgresCluster::shared().url(), *end);
  REQUIRE_OK(through);
  CHECK(ask(session(*through), "select 1") == "1");
}

TEST_CASE("a tunnel carries megabytes both ways at once, over several connections", "[ssh][tunnel]") {
  const auto tunnel = tunnel_to(PostgresCluster::shared().url());
  const auto end = tunnel->open();
  REQUIRE_OK(end);
  const auto url = postgres::through_tunnel(PostgresCluster::shared().url(), *end);
  REQUIRE_OK(url);
  const std::string big(8 << 20, 'x');
  const auto first = session(*url);
  const auto second = session(*url);

  for (const auto* each : {&first, &second}) {
    const auto rows = (*each)->query("select $1 || 'y'", {big});
    REQUIRE(rows);
    CHECK(rows->text(0, 0) == big + "y");
  }
}

TEST_CASE("after the link to the host broke, the next look goes through a new one", "[ssh][tunnel]") {
  const SshServer own;
  const auto url = PostgresCluster::shared().url();
  PostgresServer server(url, {}, tunnel_to(url, own.host()));
  REQUIRE_OK(server.server_info());

  own.end_sessions();

  auto again = server.server_info();
  for (int i = 0; !again && i < 5; ++i) again = server.server_info();  // the first may meet the loss itself
  REQUIRE_OK(again);
}
