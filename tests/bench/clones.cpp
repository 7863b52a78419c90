// The floor of a batch: so many databases cloned by file copy over raw libpq, from several connections at once, and nothing else.
// usage: clones SOCKET_DIR PORT COUNT CONNECTIONS     built and run by scripts/bench-bulk; prints milliseconds
#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using Connection = std::unique_ptr<PGconn, decltype([](PGconn* connection) { PQfinish(connection); })>;
using Answer = std::unique_ptr<PGresult, decltype([](PGresult* result) { PQclear(result); })>;

std::string run(const Connection& connection, const std::string& statement) {
  const Answer result(PQexec(connection.get(), statement.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_TUPLES_OK) return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  if (status == PGRES_COMMAND_OK) return "";
  std::fputs(PQerrorMessage(connection.get()), stderr);
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto place = std::string("host=") + argv[1] + " port=" + argv[2] + " user=tenantctl dbname=postgres";
  const int count = std::atoi(argv[3]);
  std::vector<Connection> connections(static_cast<std::size_t>(std::atoi(argv[4])));
  for (auto& connection : connections) connection.reset(PQconnectdb(place.c_str()));
  const auto from =
      run(connections.front(), "select datname from pg_database where datname like 'tctl\\_tpl\\_demo\\_%' order by oid desc limit 1");
  if (from.empty()) {
    std::fputs("there is no template database\n", stderr);
    return 1;
  }
  const auto begin = std::chrono::steady_clock::now();
  std::atomic<int> next = 0;
  {
    std::vector<std::jthread> threads;
    for (const auto& connection : connections) {
      threads.emplace_back([&] {
        for (int i = next++; i < count; i = next++) {
          run(connection, "create database clone_" + std::to_string(::getpid()) + "_" + std::to_string(i) + " template " + from +
                              " strategy file_copy");
        }
      });
    }
  }
  std::printf("%.0f\n", std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  return 0;
}
