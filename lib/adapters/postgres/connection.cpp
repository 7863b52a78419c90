#include "adapters/postgres/connection.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <thread>

#include "adapters/files/random_word.hpp"
#include "adapters/postgres/conninfo.hpp"
#include "adapters/postgres/scram.hpp"
#include "adapters/system/system_entropy.hpp"

namespace tenantctl::postgres {
namespace {

using namespace std::chrono_literals;

constexpr auto k_restart = 3s;  // a fast restart takes well under one
constexpr auto k_session_end = 5s;
constexpr std::size_t k_name_limit = 63;  // PostgreSQL cuts a longer application_name

using PqText = std::unique_ptr<char, Releaser<PQfreemem>>;

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

ErrorCode unreachable(Peer peer) { return peer == Peer::control ? ErrorCode::control_unreachable : ErrorCode::server_unreachable; }

/// SQLSTATE classes: PostgreSQL documentation, appendix A.
ErrorCode code_of(std::string_view sqlstate, Peer peer) {
  if (sqlstate.starts_with("08") || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" || sqlstate == "53300")
    return unreachable(peer);
  if (sqlstate == "53100") return ErrorCode::disk_full;
  if (sqlstate == "42501") return ErrorCode::permission_denied;
  if (sqlstate == "57014" || sqlstate == "55P03") return ErrorCode::timed_out;
  return ErrorCode::sql_failed;
}

/// 55006: something is in use, such as a template that a session sits in; 40001 and 40P01: serialisation and deadlock.
bool passes_by_itself(std::string_view sqlstate) {
  return sqlstate == "55006" || sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03";
}

std::int64_t to_integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// As the server wants them, from PostgreSQL 16 on; before that all clients took this number.
int scram_iterations(PGconn* handle) {
  const char* value = PQparameterStatus(handle, "scram_iterations");
  const auto iterations = to_integer(value == nullptr ? "" : value);
  return iterations > 0 ? static_cast<int>(iterations) : 4096;
}

/// One that no other session has.
std::string session_name(const std::string& label) {
  auto session = (label.empty() ? "tenantctl " : "tenantctl " + label + " ") + random_word();
  session.resize(std::min(session.size(), k_name_limit));
  return session;
}

}  // namespace

std::int64_t Rows::integer(int row, int column) const { return to_integer(PQgetvalue(result_.get(), row, column)); }
std::int64_t Rows::affected() const { return to_integer(PQcmdTuples(result_.get())); }

Connection::Connection(ConnectionHandle handle, Peer peer, std::string session)
    : handle_(std::move(handle)), peer_(peer), session_(std::move(session)) {
  PQsetNoticeReceiver(handle_.get(), &Connection::keep_warning, this);
}

Result<std::unique_ptr<Connection>> Connection::open(const Secret& conninfo, Peer peer, const std::string& database,
                                                     const std::string& label) {
  TRY(check_conninfo(conninfo));
  // What stands before "dbname" are defaults that the string may override; what stands behind overrides the string.
  const std::array<const char*, 10> keywords{
      "connect_timeout", "keepalives_idle",  "keepalives_interval", "keepalives_count", "tcp_user_timeout",
      "dbname",          "application_name", "client_encoding",     "dbname",           nullptr};
  auto session = session_name(label);
  const std::array<const char*, 10> values{
      "5", "10", "5", "3", "30000", conninfo.reveal().c_str(), session.c_str(), "UTF8", database.c_str(), nullptr};
  ConnectionHandle handle(PQconnectdbParams(keywords.data(), values.data(), 1));
  if (!handle || PQstatus(handle.get()) != CONNECTION_OK) {
    const auto why = handle ? first_line(PQerrorMessage(handle.get())) : std::string("out of memory");
    return fail(make_error(unreachable(peer), why).may_retry());
  }
  return std::unique_ptr<Connection>(new Connection(std::move(handle), peer, std::move(session)));
}

Result<std::unique_ptr<Connection>> Connection::open_again(Connection& lost, const Secret& conninfo, const std::string& label,
                                                           const std::string& database) {
  using Clock = std::chrono::steady_clock;
  if (!lost.give_up_at_) lost.give_up_at_ = Clock::now() + k_restart;
  auto opened = open(conninfo, lost.peer_, database, label);
  while (!opened && opened.error().retryable && Clock::now() < *lost.give_up_at_) {
    std::this_thread::sleep_for(50ms);
    opened = open(conninfo, lost.peer_, database, label);
  }
  if (opened) TRY((*opened)->end_session(lost.session_));
  return opened;
}

Result<void> Connection::relabel(const std::string& label) {
  auto session = session_name(label);
  TRY(script(fmt::format("set session authorization default; reset all; select pg_advisory_unlock_all(); set application_name = {}",
                         literal(session))));
  session_ = std::move(session);
  give_up_at_.reset();
  return {};
}

/// A server notices only at its next read or write that a client is gone, and what it has received by then it still does.
Result<void> Connection::end_session(const std::string& session) {
  const auto deadline = std::chrono::steady_clock::now() + k_session_end;
  while (true) {
    TRY_ASSIGN(const auto rows, query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", {session}));
    if (rows.empty()) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(make_error(unreachable(peer_), "PostgreSQL still runs what was begun before the connection was lost").may_retry());
    }
    std::this_thread::sleep_for(5ms);
  }
}

void Connection::keep_warning(void* self, const PGresult* notice) {
  if (field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) != "WARNING") return;
  static_cast<Connection*>(self)->warnings_.push_back(field(notice, PG_DIAG_MESSAGE_PRIMARY));
}

Error Connection::error_of(const PGresult* result) {
  failure_ = Failure{.sqlstate = field(result, PG_DIAG_SQLSTATE),
                     .constraint = field(result, PG_DIAG_CONSTRAINT_NAME),
                     .detail = field(result, PG_DIAG_MESSAGE_DETAIL),
                     .context = field(result, PG_DIAG_CONTEXT),
                     .position = static_cast<int>(to_integer(field(result, PG_DIAG_STATEMENT_POSITION)))};
  if (failure_.sqlstate.empty() || !alive()) {
    auto why = field(result, PG_DIAG_MESSAGE_PRIMARY);
    if (why.empty()) why = first_line(PQerrorMessage(handle_.get()));
    return make_error(unreachable(peer_), "connection to PostgreSQL was lost: " + why).may_retry();
  }
  auto error = make_error(code_of(failure_.sqlstate, peer_),
                          fmt::format("{} (SQLSTATE {})", first_line(field(result, PG_DIAG_MESSAGE_PRIMARY)), failure_.sqlstate));
  error.retryable = error.code == unreachable(peer_) || passes_by_itself(failure_.sqlstate);
  return error;
}

Result<Rows> Connection::checked(ResultHandle result) {
  const auto status = PQresultStatus(result.get());  // a null result reads as PGRES_FATAL_ERROR
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return Rows(std::move(result));
  if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
    if (status == PGRES_COPY_IN) PQputCopyEnd(handle_.get(), "no data");
    failure_ = {};
    while (const ResultHandle rest{PQgetResult(handle_.get())}) {
      if (PQresultStatus(rest.get()) != PGRES_COPY_OUT) continue;
      char* line = nullptr;
      while (PQgetCopyData(handle_.get(), &line, 0) > 0) PQfreemem(line);
    }
    return fail(ErrorCode::sql_failed, "COPY from or to the client is not possible in a script");
  }
  return fail(error_of(result.get()));
}

Result<Rows> Connection::query(const char* statement, const std::vector<Parameter>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters) {
    if (parameter && parameter->find('\0') != std::string::npos)
      return fail(ErrorCode::bad_value, "a value holds a NUL byte, which PostgreSQL can't store");
    values.push_back(parameter ? parameter->c_str() : nullptr);
  }
  return checked(
      ResultHandle(PQexecParams(handle_.get(), statement, static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0)));
}

Result<Rows> Connection::script(const std::string& statements) {
  if (statements.find('\0') != std::string::npos) return fail(ErrorCode::bad_value, "SQL holds a NUL byte");
  return checked(ResultHandle(PQexec(handle_.get(), statements.c_str())));
}

Result<void> Connection::copy_in(const std::string& copy_statement, std::string_view content) {
  const ResultHandle begun(PQexec(handle_.get(), copy_statement.c_str()));
  if (PQresultStatus(begun.get()) != PGRES_COPY_IN) return fail(error_of(begun.get()));
  constexpr std::size_t k_chunk = 1 << 20;
  bool sent = true;
  for (std::size_t at = 0; sent && at < content.size(); at += k_chunk) {
    const auto piece = content.substr(at, k_chunk);
    sent = PQputCopyData(handle_.get(), piece.data(), static_cast<int>(piece.size())) == 1;
  }
  if (sent) sent = PQputCopyEnd(handle_.get(), nullptr) == 1;
  Result<void> outcome;
  if (!sent) outcome = fail(error_of(nullptr));
  while (ResultHandle result{PQgetResult(handle_.get())}) {
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && outcome) outcome = fail(error_of(result.get()));
    if (!alive()) break;
  }
  return outcome;
}

Result<void> Connection::copy_out(const std::string& copy_statement, const std::function<Result<void>(std::string_view)>& take) {
  const ResultHandle begun(PQexec(handle_.get(), copy_statement.c_str()));
  if (PQresultStatus(begun.get()) != PGRES_COPY_OUT) return fail(error_of(begun.get()));
  Result<void> outcome;
  int size = 0;
  for (char* line = nullptr; (size = PQgetCopyData(handle_.get(), &line, 0)) > 0;) {
    const PqText piece(line);
    if (outcome) outcome = take(std::string_view(piece.get(), static_cast<std::size_t>(size)));  // the rest has to be read all the same
  }
  if (size == -2 && outcome) outcome = fail(error_of(nullptr));
  while (ResultHandle result{PQgetResult(handle_.get())}) {
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && outcome) outcome = fail(error_of(result.get()));
    if (!alive()) break;
  }
  return outcome;
}

std::string Connection::identifier(std::string_view name) {
  const PqText quoted(PQescapeIdentifier(handle_.get(), name.data(), name.size()));
  return quoted ? std::string(quoted.get()) : std::string("\"\"");  // an empty identifier is a syntax error: it can't pass
}

std::string Connection::literal(std::string_view text) {
  const PqText quoted(PQescapeLiteral(handle_.get(), text.data(), text.size()));
  return quoted ? std::string(quoted.get()) : std::string("null");
}

Result<std::string> Connection::scram_verifier(const std::string& role, const Secret& password) {
  SystemEntropy entropy;
  if (auto quick = scram_sha_256(password, random_bytes<16>(entropy), scram_iterations(handle_.get()))) return std::move(*quick);
  const PqText verifier(PQencryptPasswordConn(handle_.get(), password.reveal().c_str(), role.c_str(), "scram-sha-256"));
  if (!verifier) return fail(ErrorCode::sql_failed, fmt::format("no SCRAM verifier could be made for role \"{}\"", role));
  return std::string(verifier.get());
}

bool Connection::is_superuser() const {
  const char* value = PQparameterStatus(handle_.get(), "is_superuser");
  return value != nullptr && std::string_view(value) == "on";
}

std::string Connection::server_version_text() const {
  const char* value = PQparameterStatus(handle_.get(), "server_version");
  const std::string_view text = value == nullptr ? "" : value;
  return std::string(text.substr(0, text.find(' ')));  // "15.18 (Debian 15.18-0+deb12u1)"
}

std::string Connection::host() const {
  const char* value = PQhost(handle_.get());
  return value == nullptr ? "" : value;
}

std::string Connection::port() const {
  const char* value = PQport(handle_.get());
  return value == nullptr ? "" : value;
}

Result<Transaction> Transaction::begin(Connection& connection) {
  TRY(connection.script("begin"));
  return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ != nullptr && connection_->alive() && connection_->in_transaction()) (void)connection_->script("rollback");
}

Result<void> Transaction::commit() {
  TRY(std::exchange(connection_, nullptr)->script("commit"));
  return {};
}

}  // namespace tenantctl::postgres
