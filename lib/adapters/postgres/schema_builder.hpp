// Makes a tenant's schema out of its stack's files, in one transaction: a crash leaves all of it or nothing. What the files make
// belongs to the tenant's owner role.
#pragma once
#include "adapters/postgres/connection.hpp"
#include "ports/database_server.hpp"

namespace tenantctl::postgres {

class SchemaBuilder {
 public:
  /// `connection`: to the shared database, with nothing of the session's worth keeping. `names` has a schema.
  SchemaBuilder(Connection& connection, const TenantDatabase& names, const TemplateSource& source);

  /// Errors: foreign_object (somebody else made a schema of that name meanwhile), sql_failed (naming the file, and the line where
  /// the server tells it), permission_denied, disk_full, server_unreachable.
  Result<void> build();

 private:
  Result<void> create();
  Result<void> fill();
  Result<void> mark();

  Connection& connection_;
  const TenantDatabase& names_;
  const TemplateSource& source_;
};

}  // namespace tenantctl::postgres
