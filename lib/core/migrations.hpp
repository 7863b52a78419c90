// A stack's schema migrations: numbered SQL files in the order in which tenants get them, and the fingerprints that say which of them
// a tenant has. It reads no folder and runs nothing.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

struct Migration {
  int number = 0;    // from 1, without gaps
  std::string name;  // the file's: "0003_add_phone.sql"
  std::string text;
  std::string checksum;     // SHA-256 of the text
  std::string fingerprint;  // of the texts of all files up to this one
  bool in_transaction = true;
};

/// The first line of a file that PostgreSQL refuses in a transaction, such as one that creates an index concurrently.
inline constexpr std::string_view k_no_transaction = "-- tenantctl: no-transaction";

struct MigrationFile {
  std::string name;
  std::string text;
};

/// Whether a folder's file is meant as a migration: "*.sql", and not hidden.
bool is_migration_file(std::string_view name);

/// In order. Errors: config_invalid, naming the file: a name that is not NNNN_name.sql, a number that is there twice, a gap, an empty
/// file; `where` is the folder.
Result<std::vector<Migration>> order_migrations(std::vector<MigrationFile> files, std::string_view where);

/// Of a tenant that has all of these. The one of none at all is a constant.
std::string fingerprint_of(std::span<const Migration> migrations);
/// "0003"; "0000" of none at all.
std::string version_of(std::span<const Migration> migrations);

/// Of a tenant whose stack migrates by a command of its own and says which version that leads to. No chain of files has it.
std::string fingerprint_of_version(std::string_view version);

/// How many of the files a tenant with that fingerprint has; nothing where it has others, or these as they were once.
std::optional<std::size_t> position_of(std::span<const Migration> migrations, std::string_view fingerprint);

/// What a tenant's own database says it has.
struct AppliedMigration {
  int number = 0;
  std::string name;
  std::string checksum;
};

/// How many of the files these are, as the files are today. Errors: state_conflict, naming the file that was changed, is gone, or is of
/// a newer folder.
Result<std::size_t> compare_applied(std::span<const Migration> migrations, std::span<const AppliedMigration> applied);

/// How long a migration may hold up a tenant.
struct MigrationLimits {
  std::chrono::milliseconds lock{3'000};         // waiting for one lock, while all that comes later waits behind it; 0: for ever
  int lock_tries = 3;                            // of a file that is one transaction; between two of them a rest as long as that wait
  std::chrono::milliseconds statement{300'000};  // one statement's time; 0: any
};

}  // namespace tenantctl
