// One connection to a PostgreSQL server over libpq: queries with parameters, scripts, COPY and transactions as Results.
// It repeats nothing, prints nothing, and puts neither a statement nor a connection string into an error's text.
#pragma once
#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/system/releaser.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"

namespace tenantctl::postgres {

using ConnectionHandle = std::unique_ptr<PGconn, Releaser<PQfinish>>;
using ResultHandle = std::unique_ptr<PGresult, Releaser<PQclear>>;

/// Whose server it is decides the code of a lost connection: control_unreachable or server_unreachable.
enum class Peer : std::uint8_t { control, server };

/// What the server said about the last failure besides the Error: for callers that tell failures apart.
struct Failure {
  std::string sqlstate;  // empty where the server said nothing
  std::string constraint;
  std::string detail;
  std::string context;
  int position = 0;  // in characters, from 1; 0 where the server gave none
};

/// SQL NULL is nullopt.
using Parameter = std::optional<std::string>;

/// The rows of one answer. Rows and columns count from 0.
class Rows {
 public:
  explicit Rows(ResultHandle result) : result_(std::move(result)) {}
  int count() const { return PQntuples(result_.get()); }
  int columns() const { return PQnfields(result_.get()); }
  bool empty() const { return count() == 0; }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) == 1; }
  std::string text(int row, int column) const { return PQgetvalue(result_.get(), row, column); }  // NULL reads as empty
  std::int64_t integer(int row, int column) const;                                                // NULL reads as 0
  bool flag(int row, int column) const { return text(row, column) == "t"; }                       // NULL reads as false
  std::int64_t affected() const;

 private:
  ResultHandle result_;
};

class Connection {
 public:
  /// `conninfo` is a URL or a key=value string; `database` replaces the one it names, where given. Gives up after 5 s,
  /// unless the string says otherwise. Its application_name is "tenantctl", `label` (where given) and a word that no other
  /// session has. Errors: control_unreachable or server_unreachable (retryable), config_invalid.
  static Result<std::unique_ptr<Connection>> open(const Secret& conninfo, Peer peer, const std::string& database = {},
                                                  const std::string& label = {});

  /// In the place of `lost`: bears with a server that restarts, for 3 s from the first try, and ends what the server may still
  /// run for the lost session. Once it returns, nothing of that session can take effect any more, so that a look tells what did.
  /// Errors: as open.
  static Result<std::unique_ptr<Connection>> open_again(Connection& lost, const Secret& conninfo, const std::string& label = {},
                                                        const std::string& database = {});

  /// From now on it is known by that label and a new word, as if it had just been opened with it: no role, setting or advisory lock of
  /// before stays. Temporary tables would.
  /// Errors: as those that follow.
  Result<void> relabel(const std::string& label);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  // Errors of all that follow: control_unreachable or server_unreachable (retryable), disk_full, permission_denied,
  // timed_out, sql_failed with the SQLSTATE in its message.

  /// One statement. A parameter that holds a NUL byte is refused (bad_value): libpq would cut it there.
  Result<Rows> query(const char* statement, const std::vector<Parameter>& parameters = {});
  /// One or more statements in one round trip, in one transaction unless they say otherwise; the last one's rows.
  Result<Rows> script(const std::string& statements);
  /// Runs `copy_statement`, a COPY … FROM STDIN, with `content`.
  Result<void> copy_in(const std::string& copy_statement, std::string_view content);

  /// Runs `copy_statement`, a COPY … TO STDOUT; `take` gets its output piece by piece, and its error ends it.
  Result<void> copy_out(const std::string& copy_statement, const std::function<Result<void>(std::string_view)>& take);

  std::string identifier(std::string_view name);
  std::string literal(std::string_view text);
  /// The SCRAM verifier of a password, made here: the text does not travel. Errors: sql_failed.
  Result<std::string> scram_verifier(const std::string& role, const Secret& password);

  bool alive() const { return PQstatus(handle_.get()) == CONNECTION_OK; }
  bool in_transaction() const { return PQtransactionStatus(handle_.get()) != PQTRANS_IDLE; }
  bool is_superuser() const;
  int server_version() const { return PQserverVersion(handle_.get()); }
  std::string server_version_text() const;
  std::string host() const;
  std::string port() const;

  const Failure& failure() const { return failure_; }
  /// Warnings since the last call, such as those of a GRANT that had no right to grant.
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

 private:
  Connection(ConnectionHandle handle, Peer peer, std::string session);
  Result<void> end_session(const std::string& session);
  static void keep_warning(void* self, const PGresult* notice);
  Error error_of(const PGresult* result);
  Result<Rows> checked(ResultHandle result);

  ConnectionHandle handle_;
  Peer peer_;
  std::string session_;                                              // its application_name, which no other session has
  std::optional<std::chrono::steady_clock::time_point> give_up_at_;  // set when it was first found lost
  Failure failure_;
  std::vector<std::string> warnings_;
};

/// Rolls back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace tenantctl::postgres
