// What the app knows of a tenant: how to log into its database, from a file that tenantctl writes. A tenant without a
// file does not exist here, and a name that is no tenant's name never becomes a path.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace demo_app {

struct TenantCredentials {
  std::string host;
  std::string port;
  std::string database;
  std::string user;
  std::string password;
};

/// Which file it was: another one under the same name means other credentials.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileIdentity&) const = default;
};

/// 3 to 63 of a-z, 0-9 and hyphen, no hyphen at the ends.
bool is_slug(std::string_view text);

/// Nothing where the tenant has no file.
std::optional<FileIdentity> credentials_identity(const std::filesystem::path& folder, std::string_view slug);

/// Nothing where the file is missing or says something else than credentials.
std::optional<TenantCredentials> read_credentials(const std::filesystem::path& folder, std::string_view slug);

}  // namespace demo_app
