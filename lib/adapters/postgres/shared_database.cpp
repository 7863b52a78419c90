#include "adapters/postgres/shared_database.hpp"

#include <fmt/format.h>

#include "adapters/postgres/builders_lock.hpp"
#include "adapters/postgres/template_builder.hpp"
#include "core/sha256.hpp"

namespace tenantctl::postgres {
namespace {

// Tells an administrator who made it. Whoever has the comment of a database is not trusted with anything for it.
constexpr std::string_view k_marker = "tenantctl shared by tenants";

/// Until it is closed to PUBLIC it carries the name of a half-built template, so that doctor knows what a killed builder left.
std::string unfinished_name(const DatabaseName& database) {
  return fmt::format("tctl_tpl_shared_{}_b", sha256_hex(database.str()).substr(0, 12));
}

Result<bool> exists(Connection& connection, const DatabaseName& database) {
  TRY_ASSIGN(const auto rows, connection.query("select from pg_database where datname = $1", {database.str()}));
  return !rows.empty();
}

Result<void> build(Connection& connection, const DatabaseName& database) {
  TRY(drop_half_built(connection, unfinished_name(database)));
  const auto unfinished = connection.identifier(unfinished_name(database));
  // template0, because tenants can leave objects in template1; UTF-8, because settings hold any text.
  TRY(connection.script(fmt::format("create database {} template template0 encoding 'UTF8' allow_connections false", unfinished)));
  TRY(
      connection.script(fmt::format("revoke all on database {0} from public; comment on database {0} is {1};"
                                    "alter database {0} allow_connections true; alter database {0} rename to {2};",
                                    unfinished, connection.literal(k_marker), connection.identifier(database.str()))));
  return {};
}

}  // namespace

Result<void> ensure_shared_database(Connection& connection, const DatabaseName& database) {
  TRY_ASSIGN(bool there, exists(connection, database));
  if (there) return {};
  BuildersLock lock(connection);
  TRY(lock.take());
  TRY_ASSIGN(there, exists(connection, database));
  if (there) return {};  // another builder was faster
  auto built = build(connection, database);
  if (!built) return fail(std::move(built).error().with_context(fmt::format("create the shared database \"{}\"", database.str())));
  return {};
}

Result<void> discard_half_made(Connection& connection, const DatabaseName& database) {
  auto dropped = drop_half_built(connection, unfinished_name(database));
  if (!dropped && dropped.error().code == ErrorCode::locked) return {};
  return dropped;
}

}  // namespace tenantctl::postgres
