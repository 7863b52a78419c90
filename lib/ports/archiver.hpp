// Takes what is in a tenant's database into an archive, and makes a database out of one. Archives are data from outside: what
// they hold runs with the rights of a role that can do nothing but fill its own database.
#pragma once
#include <filesystem>

#include "core/backup.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

/// The role that fills a database out of an archive, or runs migrations in it: it is there only while that is done, and carries the
/// tenant's mark. Errors: bad_value, where the database's name is too long.
inline Result<RoleName> guest_of(const TenantDatabase& names) {
  return RoleName::parse((names.schema ? names.schema->str() : names.database.str()) + "_guest");
}

struct ExportedTable {
  std::string schema;
  std::string name;
  std::string file;  // in the folder
  std::int64_t rows = 0;
};

class Archiver {
 public:
  virtual ~Archiver() = default;
  // Errors of all: server_unreachable, permission_denied, sql_failed, process_failed, timed_out.

  /// As DatabaseServer::begin.
  virtual void begin(const Claim& claim) = 0;

  /// Writes the database or schema, as it is at one moment, into that folder of this machine. The tenant goes on working.
  /// Errors: disk_full, foreign_object.
  virtual Result<Archive> dump(const TenantDatabase& names, const std::filesystem::path& folder) = 0;

  /// Makes the database out of the archive's files in `folder`; what an earlier try left is dropped first. Its two roles must
  /// be there. Nobody can enter it until DatabaseServer::grant_access. An archive of a schema too becomes a database.
  /// Errors: backup_invalid (not an archive, from a newer server, or it wants more than its database); foreign_object, disk_full.
  virtual Result<void> restore(const TenantDatabase& names, const std::filesystem::path& folder, const Archive& archive) = 0;

  /// Ends the sessions of whoever fills, migrates or configures it as a guest, and takes the role away. None there: success.
  virtual Result<void> see_guests_out(const TenantDatabase& names) = 0;

  /// Until this archiver is gone, or its connection, inventories say of this check's database and roles that they are busy.
  virtual Result<void> hold(const DatabaseName& check) = 0;

  /// Calls the tenant's database `aside`, and the one that is called `in` by its name; both at once, or neither. Sessions in them
  /// are ended. So already: success. Errors: foreign_object.
  virtual Result<void> swap(const TenantDatabase& live, const DatabaseName& in, const DatabaseName& aside) = 0;

  /// Calls a tenant's database by that name. Sessions in it are ended. So already: success. Errors: foreign_object.
  virtual Result<void> rename(const TenantDatabase& names, const DatabaseName& to) = 0;

  /// Writes what a customer may take along into that folder, as of one moment: schema.sql, and a CSV file with a header line for
  /// each table. What is the operator's own is left out. Errors: disk_full, io_failed, foreign_object.
  virtual Result<std::vector<ExportedTable>> write_out(const TenantDatabase& names, const std::filesystem::path& folder) = 0;

  /// What is there now.
  virtual Result<Contents> contents(const TenantDatabase& names) = 0;
};

}  // namespace tenantctl
