// A database server that tenants live on. What it creates carries proof of whose it is, and it drops only what is proved.
// One contract suite (tests/contract/database_server_contract.hpp) runs on every implementation.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/inventory.hpp"
#include "core/migrations.hpp"
#include "core/names.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
#include "ports/claim.hpp"

namespace tenantctl {

/// What is there, compared with what a step wants: nothing, a piece of ours, all of ours, or somebody else's.
enum class Presence : std::uint8_t { absent, partial, complete, foreign };

/// A tenant's names on a server. Recorded in the operation before anything is made, so that an undo uses these.
struct TenantDatabase {
  TenantId tenant;
  DatabaseName database;  // the tenant's own, or, with `schema`, one that it shares with others
  RoleName owner;         // NOLOGIN; owns the database or schema and what is in it, so that the login can't drop or open it
  RoleName login;
  std::optional<SchemaName> schema = {};  // the tenant's own part of a shared database

  /// DATABASE, or DATABASE.SCHEMA.
  std::string place() const { return schema ? database.str() + "." + schema->str() : database.str(); }
};

struct RoleLimits {
  int connections = -1;                   // -1: unlimited
  std::int64_t statement_timeout_ms = 0;  // 0: none

  bool operator==(const RoleLimits&) const = default;
};

/// The files that a stack's template database, or a tenant's schema, is built from, in order: what is in them makes its hash.
struct TemplateSource {
  struct File {
    std::string name;  // file name; a seed "couriers.csv" fills the table "couriers"
    std::string text;
  };
  std::string stack;
  std::vector<File> schema;                // SQL
  std::vector<File> seeds;                 // SQL, or CSV with a header line of column names
  std::vector<Migration> migrations = {};  // last, as the tenants that are there got them
  std::string stated_version = {};         // that the stack's own command for new tenants leads to; no part of the hash
};

struct ServerInfo {
  std::string version;     // "15.18"
  int version_number = 0;  // 150018
  bool superuser = false;
  bool may_create_roles = false;  // these two also where superuser
  bool may_create_databases = false;
  std::string locale = {};  // of new databases, all that sorting depends on: "C.UTF-8/C.UTF-8"
};

/// How busy a server is, with all that is on it.
struct ServerUsage {
  std::uint64_t bytes = 0;     // of the databases whose size may be asked
  std::size_t unmeasured = 0;  // databases besides those
  int connections = 0;         // of clients
  int max_connections = 0;
};

/// What a server holds of ours, whole tenants and what half-done work left.
struct ServerInventory {
  std::vector<Thing> things;
  std::vector<std::string> templates;  // whole ones, by name
  std::vector<std::string> remarks;    // what was not looked at and why, and what is odd but not ours
  std::vector<std::string> unseen;     // databases with tenants' schemas that could not be entered: which schemas is not known
};

/// Where a tenant's application connects to.
struct ServerAddress {
  std::string host;
  int port = 5432;
};

/// What a tenant's database was made of, and so who may have put something into it: the stack's own files, or an archive of a tenant's.
enum class MadeOf : std::uint8_t { files, archive };

struct Observed {
  Presence presence = Presence::absent;
  std::string detail = {};  // for a conflict's message: what is in the way and whose it is
};

/// What a later version of a tenant's configuration changes in its own table.
struct SettingsUpdate {
  std::int64_t version = 0;
  std::map<std::string, std::string> rows = {};
  std::set<std::string> removed = {};
};

class DatabaseServer {
 public:
  virtual ~DatabaseServer() = default;
  // Every function may fail with server_unreachable, permission_denied, sql_failed or timed_out besides what it names.

  virtual Result<ServerInfo> server_info() = 0;
  virtual Result<ServerUsage> usage() = 0;

  /// From now on everything is done for this operation: every session carries its id and fence, asks the claim before its
  /// first statement, and the sessions of those who held the operation before are ended before the first one is used. So
  /// whoever lost the operation changes nothing more. Connects to nothing yet. Further errors of all functions from then
  /// on: fenced, control_unreachable.
  virtual void begin(const Claim& claim) = 0;

  /// Returns the stack's template database, named by the hash of its source, and builds it where it is missing: from
  /// template0, closed to logins, usable only when whole. Concurrent builders wait for each other.
  /// Errors: sql_failed, naming the file at fault.
  virtual Result<DatabaseName> ensure_template(const TemplateSource& source) = 0;

  /// The two roles; ours when their COMMENT names the tenant.
  virtual Result<Observed> observe_roles(const TenantDatabase& names) = 0;
  /// Both roles and their markers in one transaction; the login can't log in yet. Existing ones of ours are brought to
  /// the limits given. Errors: foreign_object.
  virtual Result<void> create_roles(const TenantDatabase& names, const RoleLimits& limits) = 0;
  /// Of the login, as they are. Errors: foreign_object; sql_failed where there is no such role.
  virtual Result<RoleLimits> limits(const TenantDatabase& names) = 0;
  /// For sessions that begin from now on. Errors: likewise.
  virtual Result<void> set_limits(const TenantDatabase& names, const RoleLimits& limits) = 0;
  /// Absent is success; drops what the roles hold elsewhere first. Errors: foreign_object.
  virtual Result<void> drop_roles(const TenantDatabase& names) = 0;

  // Where the names have a schema, the following four are about it and not about the shared database around it, which is made
  // where it is missing, and never dropped or closed.

  /// The database or schema; ours when its owner is our owner role. partial: a database whose drop was cancelled
  /// (datconnlimit = -2), a schema that was not made as a whole.
  virtual Result<Observed> observe_database(const TenantDatabase& names) = 0;
  /// A database: a clone of the source's template, which is built where it is missing, closed to connections until
  /// grant_access. A schema: made from the source's files in one transaction, so that there is all of it or nothing.
  /// Returns template_name(source). Whole already: success. Errors: foreign_object, disk_full, sql_failed (naming the file and
  /// line at fault), permission_denied (somebody else's shared database is open to tenants, or closed to the provisioner).
  virtual Result<DatabaseName> create_database(const TenantDatabase& names, const TemplateSource& source) = 0;
  /// Ends the tenant's sessions there and drops it, and the role of whoever was filling it; see Archiver. Absent is success. Errors:
  /// foreign_object.
  virtual Result<void> drop_database(const TenantDatabase& names) = 0;

  /// complete: PUBLIC has nothing, the login has CONNECT, the database is open, its objects belong to the owner; a schema is
  /// the login's fixed search_path.
  virtual Result<Observed> observe_access(const TenantDatabase& names) = 0;
  /// Takes every right from PUBLIC, opens the database, hands its objects to the owner, grants the login its own, and
  /// reads it all back (a GRANT without the right to it is only a warning). Errors: sql_failed.
  virtual Result<void> grant_access(const TenantDatabase& names) = 0;

  /// Upserts rows of the tenant's own table tenantctl.settings (in a schema: tenantctl_settings), which its login may read and
  /// not write. What an archive has put on that table, triggers for instance, is run with the tenant's rights.
  virtual Result<void> write_settings(const TenantDatabase& names, const std::map<std::string, std::string>& settings, MadeOf made_of) = 0;
  /// Upserts and removes rows of that table and notes the version under "configuration_version", all in one transaction. A table
  /// that has a newer version, of whoever was faster, is left as it is, and that is success. The database may be of an archive.
  virtual Result<void> update_settings(const TenantDatabase& names, const SettingsUpdate& update) = 0;
  virtual Result<std::map<std::string, std::string>> read_settings(const TenantDatabase& names) = 0;

  /// Sets the login's password by its SCRAM verifier (the text never reaches the server) and lets it log in.
  virtual Result<void> enable_login(const TenantDatabase& names, const Secret& password) = 0;
  /// The password alone: whether it may log in stays as it is. Errors: sql_failed where there is no such role.
  virtual Result<void> set_password(const TenantDatabase& names, const Secret& password) = 0;
  /// Takes the password away too. Absent role is success.
  virtual Result<void> disable_login(const TenantDatabase& names) = 0;

  /// complete: the login may log in; absent: it may not, or, with a detail, is not there.
  virtual Result<Observed> observe_login(const TenantDatabase& names) = 0;
  /// Nobody logs in as the tenant any more, and no session of its is left when it returns. The password stays. Absent role is
  /// success. Errors: timed_out where sessions outlive 10 s.
  virtual Result<void> suspend_login(const TenantDatabase& names) = 0;
  /// It may log in again, with the password that it had. Errors: sql_failed where there is no such role.
  virtual Result<void> activate_login(const TenantDatabase& names) = 0;

  /// Databases, schemas and roles that carry a tenant's marker, half-built templates that nobody is building, and, for a superuser,
  /// folders of databases that the server does not know.
  virtual Result<ServerInventory> inventory() = 0;
  /// What everybody (PUBLIC) may do in a database that tenants share and must not, as people say it; nothing where it is
  /// closed, or not made yet. Errors: as of all.
  virtual Result<std::vector<std::string>> open_doors(const DatabaseName& shared) = 0;
  /// The name that ensure_template would return, which stands for the files' content; asks nothing of the server. Errors: bad_value.
  virtual Result<DatabaseName> template_name(const TemplateSource& source) const = 0;
  /// Absent is success. Errors: foreign_object; locked, where somebody builds templates now.
  virtual Result<void> drop_half_template(const DatabaseName& name) = 0;

  /// What is written into credentials: where applications reach this server over TCP or a socket.
  virtual ServerAddress address() const = 0;
};

}  // namespace tenantctl
