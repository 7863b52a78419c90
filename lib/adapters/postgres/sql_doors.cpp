#include "adapters/postgres/sql_doors.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/conninfo.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;
using postgres::ConnectionHandle;
using postgres::ResultHandle;
using Clock = std::chrono::steady_clock;

constexpr auto k_patience = 10s;  // a busy server's backlog included

// pg_catalog alone: a tenant may have put objects of its own where names are looked up. Locks for less than the second after which
// PostgreSQL looks for deadlocks: whoever else waits is not to pay for a try.
constexpr std::string_view k_begin =
    "begin; set local search_path = pg_catalog; set local statement_timeout = '10s'; set local lock_timeout = '500ms';";

bool is_sqlstate(std::string_view word) {
  return word.size() == 5 && std::ranges::all_of(word, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

std::string first_line_of(std::string_view text) { return printable(text.substr(0, text.find('\n'))); }

/// Of a refused connection: with verbose errors, libpq's text is "…: SEVERITY:  SQLSTATE: message", the severity in any language.
SqlAnswer refusal(std::string_view text) {
  for (auto at = text.find(":  "); at != std::string_view::npos; at = text.find(":  ", at + 1)) {
    const auto state = text.substr(at + 3, 5);
    if (!is_sqlstate(state) || text.substr(at + 8, 2) != ": ") continue;
    return {.sqlstate = std::string(state), .message = first_line_of(text.substr(at + 10))};
  }
  return {.message = first_line_of(text)};
}

SqlAnswer answer_of(PGconn* connection, const PGresult* result) {
  const auto status = PQresultStatus(result);
  const bool failed = status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR;
  if (failed) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return {.sqlstate = state == nullptr ? "" : state, .message = first_line_of(primary == nullptr ? PQerrorMessage(connection) : primary)};
  }
  SqlAnswer answer{.done = true};
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& cells = answer.rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column) cells.emplace_back(PQgetvalue(result, row, column));
  }
  return answer;
}

class LibpqSession final : public SqlSession {
 public:
  explicit LibpqSession(ConnectionHandle handle) : handle_(std::move(handle)) {
    PQsetNoticeProcessor(
        handle_.get(), [](void*, const char*) {}, nullptr);
  }

  SqlAnswer attempt(const std::string& sql, const std::string& prepare) override {
    // One round trip. What is written wrongly is refused as a whole; then the rollback finds nothing to do.
    auto answer = run(std::string(k_begin) + prepare + (prepare.empty() ? "" : ";") + sql);
    if (const auto ended = run("rollback"); !ended.done && answer.done) return ended;
    return answer;
  }

  SqlAnswer run(const std::string& sql) override {
    const ResultHandle result(PQexec(handle_.get(), sql.c_str()));
    return answer_of(handle_.get(), result.get());
  }

  bool heard(const std::string& channel) override {
    PQconsumeInput(handle_.get());
    bool found = false;
    while (const std::unique_ptr<PGnotify, Releaser<PQfreemem>> message{PQnotifies(handle_.get())})
      found = found || channel == message->relname;
    return found;
  }

  int pid() const override { return PQbackendPID(handle_.get()); }

 private:
  ConnectionHandle handle_;
};

/// Until it is open, refused, or the patience is over.
PostgresPollingStatusType drive(PGconn* connection) {
  const auto deadline = Clock::now() + k_patience;
  auto wanted = PGRES_POLLING_WRITING;
  while (wanted == PGRES_POLLING_WRITING || wanted == PGRES_POLLING_READING) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd socket{
        .fd = PQsocket(connection), .events = static_cast<short>(wanted == PGRES_POLLING_WRITING ? POLLOUT : POLLIN), .revents = 0};
    if (left.count() <= 0) return PGRES_POLLING_FAILED;
    if (::poll(&socket, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) return PGRES_POLLING_FAILED;
    wanted = PQconnectPoll(connection);
  }
  return wanted;
}

}  // namespace

PostgresDoors::PostgresDoors(Secret url, std::unique_ptr<Tunnel> tunnel) : way_(std::move(url), std::move(tunnel)) {}

Result<Secret> PostgresDoors::way() {
  const std::lock_guard lock(mutex_);
  return way_.open();
}

Entrance PostgresDoors::knock(const Result<Secret>& conninfo, const std::string& database) {
  if (!conninfo) return {.session = nullptr, .answer = {.message = full_message(conninfo.error())}};
  const std::array<const char*, 5> keywords{"dbname", "application_name", "client_encoding", "dbname", nullptr};
  const std::array<const char*, 5> values{conninfo->reveal().c_str(), "tenantctl verify-isolation", "UTF8", database.c_str(), nullptr};
  ConnectionHandle handle(PQconnectStartParams(keywords.data(), values.data(), 1));
  if (!handle) return {.session = nullptr, .answer = {.message = "out of memory"}};
  PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);
  if (PQstatus(handle.get()) != CONNECTION_BAD && drive(handle.get()) == PGRES_POLLING_OK)
    return {.session = std::make_unique<LibpqSession>(std::move(handle))};
  auto answer = refusal(PQerrorMessage(handle.get()));
  if (answer.message.empty()) answer.message = "the server did not answer in time";
  return {.session = nullptr, .answer = std::move(answer)};
}

Entrance PostgresDoors::enter(const std::string& database, const std::string& login, const Secret& password) {
  const auto url = way();
  return knock(url ? postgres::with_login(*url, database, login, password) : url, {});
}

Entrance PostgresDoors::enter_as_provisioner(const std::string& database) { return knock(way(), database); }

}  // namespace tenantctl
