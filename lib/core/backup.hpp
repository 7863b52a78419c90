// What a backup of a tenant is, and the manifest that lies beside its archive. Values only: whatever can be read back here was
// written by tenantctl, and whether the files beside it are still the same is for ports/backup_store.hpp to tell.
#pragma once
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/names.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// "20261121T084709Z-1a2b3c4d": when it was made, and a word that no other one of that second has. Errors: bad_value.
using BackupId = CheckedName<struct BackupIdTag>;
template <>
Result<BackupId> BackupId::parse(std::string_view text);

/// `random`: bytes that no other backup of the same second has.
BackupId backup_id(Instant now, std::span<const std::uint8_t> random);

/// What two copies of the same data have in common, whatever their roles are called.
struct Contents {
  std::map<std::string, std::int64_t> rows = {};  // of each table, by SCHEMA.TABLE
  std::string definition = {};                    // SHA-256 of what the catalog says of tables, indexes, views, functions …
};

/// How `found` differs from `wanted`, as people say it; nothing where they are the same.
std::vector<std::string> differences(const Contents& wanted, const Contents& found);

/// Something inside that belongs to the tenant's login and not to its owner role: an application made it.
struct LoginsObject {
  std::string type;      // as pg_identify_object calls it: "table", "function"
  std::string identity;  // "public.notes", "public.add(integer, integer)"
};

/// What a database server says of an archive that it has given.
struct Archive {
  std::string server_version = {};  // "15.18"
  int server_version_number = 0;    // 150018
  std::string schema = {};          // what it holds is one schema of a shared database; empty: a whole database
  Contents contents = {};           // as of the archive's own moment
  std::vector<LoginsObject> of_login = {};
};

struct BackupFile {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
};

/// Why it was made.
enum class BackupReason : std::uint8_t { asked, suspend, cancel, remove, move };
std::string_view to_string(BackupReason reason);

struct Backup {
  BackupId id;
  BackupReason reason = BackupReason::asked;
  Instant made_at{};
  TenantId tenant;
  TenantCode code;
  TenantSlug slug;
  std::string company_name = {};
  std::string admin_email = {};
  std::string owner = {};
  std::string stack = {};
  std::string kind = {};           // of the stack: "database", "schema", "frappe"
  std::string server = {};         // that it was taken from
  std::string stack_version = {};  // the name of the stack's template, which stands for its files; empty where it is not known
  std::string plan = {};
  TenantConfiguration configuration = {};
  Archive archive = {};
  std::vector<BackupFile> files = {};  // but for the manifest

  std::int64_t bytes() const;
};

/// What the database of a restore that is only tried is called, before its word; its roles have something behind it ("_owner").
inline constexpr std::string_view k_check_prefix = "tctl_check_";
/// "tctl_check_WORD_owner" -> "WORD"; empty where the name is of no such restore.
std::string word_of_check(std::string_view name);

nlohmann::json to_json(const Backup& backup);

/// Errors: backup_invalid, also where a newer tenantctl wrote it.
Result<Backup> backup_from(std::string_view manifest);

}  // namespace tenantctl
