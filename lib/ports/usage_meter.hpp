// What a database server tells of how much its tenants use: how large they are, how many connections they have open, and what a stack's own
// queries count in their tables. It changes nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ports/database_server.hpp"

namespace tenantctl {

struct MeteredTenant {
  std::string database;
  std::string login;
  std::string schema = {};  // empty: the database is the tenant's alone
};

struct MeterReading {
  std::int64_t bytes = 0;        // of the database, or of the schema's tables with their indexes
  std::int64_t connections = 0;  // of the login, open now
};

/// The rows of one query, as text; NULL is empty.
using CountedRows = std::vector<std::vector<std::string>>;

class UsageMeter {
 public:
  virtual ~UsageMeter() = default;

  /// By one question to the server for all that have a database of their own, and one for each schema. One for each of `tenants`, in
  /// their order; their errors: sql_failed (it is not there), permission_denied, timed_out. Errors: server_unreachable, sql_failed.
  virtual Result<std::vector<Result<MeterReading>>> read(std::span<const MeteredTenant> tenants) = 0;

  /// Asks each query in the tenant's own place with the tenant's own rights, in a transaction that can't write, for at most 30 s. Of two
  /// at once on one tenant, and of this and a migration, the later ends the earlier one's session: the tenant's lock is held.
  /// One for each of `queries`; their errors: sql_failed, timed_out, permission_denied; bad_value, where there are more than 10,000 rows.
  /// Errors: foreign_object, server_unreachable, sql_failed, permission_denied.
  virtual Result<std::vector<Result<CountedRows>>> ask(const TenantDatabase& names, std::span<const std::string> queries) = 0;
};

}  // namespace tenantctl
