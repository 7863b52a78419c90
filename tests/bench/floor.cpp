// The floor of a create: what raw libpq needs for the same statements on open connections, with nothing around them. For
// each line on standard input it makes one tenant's roles and database as `create` does, and prints the milliseconds.
// usage: floor SOCKET_DIR PORT     built and run by scripts/bench
#include <libpq-fe.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  g_place = std::string("host=") + argv[1] + " port=" + argv[2];
  const auto control = connect("tenantctl");
  const auto server = connect("postgres");
  run(control, "create table if not exists floor (name text primary key, status text not null default 'new')");
  const auto from = run(server, "select datname from pg_database where datname like 'tctl\\_tpl\\_demo\\_%' order by oid desc limit 1");
  if (from.empty()) {
    std::fputs("there is no template database\n", stderr);
    return 1;
  }
  int number = 0;
  for (std::string line; std::getline(std::cin, line); ++number) {
    const auto begin = std::chrono::steady_clock::now();
    create(control, server, from, "floor_" + std::to_string(::getpid()) + "_" + std::to_string(number));
    std::printf("%.1f\n", std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    std::fflush(stdout);
  }
  return 0;
}
