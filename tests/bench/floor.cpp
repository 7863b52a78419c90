// The floor of a create: what raw libpq needs for the same statements on open connections, with nothing around them. For
// each line on standard input it makes one tenant's roles and database as `create` does, and prints the milliseconds.
// With more arguments it is the floor of the whole command: a process that makes one tenant with sessions of its own, writes its password
// and its two routes into the sandbox's folders so that they last, asks nginx for the tenant's page, and does nothing else.
// usage: floor SOCKET_DIR PORT [HTTP_PORT SANDBOX]     built and run by scripts/bench
#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

using Connection = std::unique_ptr<PGconn, decltype([](PGconn* connection) { PQfinish(connection); })>;
using Answer = std::unique_ptr<PGresult, decltype([](PGresult* result) { PQclear(result); })>;

std::string g_place;  // host and port, the same for every connection

Connection connect(const std::string& database) {
  Connection connection(PQconnectdb((g_place + " user=tenantctl dbname=" + database).c_str()));
  if (PQstatus(connection.get()) == CONNECTION_OK) return connection;
  std::fputs(PQerrorMessage(connection.get()), stderr);
  std::exit(1);
}

std::string run(const Connection& connection, const std::string& statements) {
  const Answer result(PQexec(connection.get(), statements.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_TUPLES_OK) return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  if (status == PGRES_COMMAND_OK) return "";
  std::fputs(PQerrorMessage(connection.get()), stderr);
  std::exit(1);
}

void create(const Connection& control, const Connection& server, const std::string& from, const std::string& name) {
  const auto owner = name + "_owner";
  run(control, "insert into floor (name) values ('" + name + "')");
  run(server, "begin; create role " + owner + " nologin; create role " + name + " nologin connection limit 10; comment on role " + owner +
                  " is 'floor'; comment on role " + name + " is 'floor'; commit");
  run(server, "create database " + name + " template " + from + " owner " + owner + " allow_connections false strategy wal_log");
  run(server, "revoke all on database " + name + " from public; grant connect, temporary on database " + name + " to " + name +
                  "; alter database " + name + " allow_connections true");
  const auto inside = connect(name);
  run(inside, "revoke all on schema public from public; grant usage on schema public, tenantctl to " + name +
                  "; grant select, insert, update, delete on all tables in schema public to " + name +
                  "; grant select on all tables in schema tenantctl to " + name);
  run(inside, "insert into tenantctl.settings values ('company_name', 'Floor'), ('plan', 'trial')");
  const std::unique_ptr<char, decltype([](char* text) { PQfreemem(text); })> verifier(
      PQencryptPasswordConn(server.get(), "a password of some length", name.c_str(), "scram-sha-256"));
  run(server, "alter role " + name + " login password '" + verifier.get() + "'");
  run(control, "update floor set status = 'active' where name = '" + name + "'");
}

void need(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::exit(1);
}

/// There whole or not at all, also after a power cut; of the folder's owner.
void keep(const std::string& folder, const std::vector<std::string>& names, const std::string& text) {
  const int place = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  struct stat owner {};
  need(place >= 0 && ::fstat(place, &owner) == 0, folder.c_str());
  for (const auto& name : names) {
    const int file = ::open(folder.c_str(), O_TMPFILE | O_WRONLY, 0644);
    need(file >= 0 && ::fchown(file, owner.st_uid, owner.st_gid) == 0 && ::write(file, text.data(), text.size()) >= 0 && ::fsync(file) == 0,
         "write");
    const auto path = "/proc/self/fd/" + std::to_string(file);
    need(::linkat(AT_FDCWD, path.c_str(), place, name.c_str(), AT_SYMLINK_FOLLOW) == 0, "link");
  }
  need(::fsync(place) == 0, "fsync");
}

void ask_application(int port, const std::string& host) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  need(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
  const auto request = "GET /api/method/ping HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
  need(::write(socket, request.data(), request.size()) > 0, "write");
  std::string answer;
  char piece[4096];
  for (ssize_t got = 0; (got = ::read(socket, piece, sizeof piece)) > 0;) answer.append(piece, static_cast<std::size_t>(got));
  need(answer.find("pong") != std::string::npos, "the application does not answer");
}

std::string template_database(const Connection& server) {
  auto from = run(server, "select datname from pg_database where datname like 'tctl\\_tpl\\_demo\\_%' order by oid desc limit 1");
  if (!from.empty()) return from;
  std::fputs("there is no template database\n", stderr);
  std::exit(1);
}

/// Once more than create() the control database is written to: what was done, at the end.
void create_alone(int port, int http_port, const std::string& sandbox) {
  const auto control = connect("tenantctl");
  const auto server = connect("postgres");
  const auto name = "floor_" + std::to_string(::getpid());
  const auto slug = "floor-" + std::to_string(::getpid());
  run(control, "insert into floor (name, status) values ('" + name + "_journal', 'running')");
  create(control, server, template_database(server), name);
  keep(sandbox + "/credentials/demo", {slug + ".json"},
       R"({"format": 1, "tenant_id": "11111111-2222-4333-8444-555555555555", "code": "FLOOR", "host": "127.0.0.1", "port": )" +
           std::to_string(port) + R"(, "slug": ")" + slug + R"(", "database": ")" + name + R"(", "user": ")" + name +
           R"(", "password": "a password of some length"})");
  keep(sandbox + "/nginx/tenantctl/routes/demo", {slug + ".yourapp.test", "api." + slug + ".yourapp.test"},
       "# tenantctl tenant=11111111-2222-4333-8444-555555555555 slug=" + slug + "\n");
  ask_application(http_port, slug + ".yourapp.test");
  run(control, "update floor set status = 'done' where name = '" + name + "_journal'");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 5) return 2;
  g_place = std::string("host=") + argv[1] + " port=" + argv[2];
  if (argc == 5) {
    create_alone(std::atoi(argv[2]), std::atoi(argv[3]), argv[4]);
    return 0;
  }
  const auto control = connect("tenantctl");
  const auto server = connect("postgres");
  run(control, "create table if not exists floor (name text primary key, status text not null default 'new')");
  const auto from = template_database(server);
  int number = 0;
  for (std::string line; std::getline(std::cin, line); ++number) {
    const auto begin = std::chrono::steady_clock::now();
    create(control, server, from, "floor_" + std::to_string(::getpid()) + "_" + std::to_string(number));
    std::printf("%.1f\n", std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    std::fflush(stdout);
  }
  return 0;
}
