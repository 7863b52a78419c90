// One file per tenant with what its application logs in with, and, where its stack says so, one with what it is configured
// with: mode 0600, owned by the owner of their folder.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "core/inventory.hpp"
#include "core/names.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
#include "core/tenant.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

struct Credentials {
  TenantId tenant;
  TenantCode code;
  TenantSlug slug;
  ServerAddress address;
  DatabaseName database;
  RoleName login;
  Secret password;
  std::optional<SchemaName> schema = {};  // of a database that the tenant shares
};

/// For a tenant that has a whole site: who manages it.
struct SiteLogin {
  TenantId tenant;
  TenantCode code;
  TenantSlug slug;
  HostName host;  // where people go
  HostName site;
  EmailAddress user;
  Secret password;
};

/// What an application reads in a file instead of its own table.
struct ConfigurationCopy {
  TenantId tenant;
  TenantCode code;
  TenantSlug slug;
  std::int64_t version = 0;
  TenantConfiguration values = {};
};

/// What an application reads in the file to log in.
struct LoginDetails {
  std::string database;
  std::string login;
  Secret password;
  Secret url;  // all of it, for DATABASE_URL
};

class CredentialStore {
 public:
  virtual ~CredentialStore() = default;
  /// As SiteRouter::begin; it concerns write and remove, and read: whoever lost the operation is to log in nowhere.
  virtual void begin(const Claim& claim) = 0;
  /// complete where the file holds this tenant's id. Errors: io_failed, permission_denied.
  virtual Result<Observed> observe(const std::filesystem::path& file, const TenantId& tenant) = 0;
  /// Atomic and durable; replaces only this tenant's own file. Errors: foreign_object, disk_full, io_failed, permission_denied.
  virtual Result<void> write(const std::filesystem::path& file, const Credentials& credentials) = 0;
  virtual Result<void> write(const std::filesystem::path& file, const SiteLogin& login) = 0;
  /// A file of a newer version, of whoever was faster, is left as it is, and that is success.
  virtual Result<void> write(const std::filesystem::path& file, const ConfigurationCopy& configuration) = 0;
  /// Nothing where there is no file. Errors: foreign_object, io_failed, permission_denied.
  virtual Result<std::optional<TenantConfiguration>> read_configuration(const std::filesystem::path& file, const TenantId& tenant) = 0;
  /// Nothing where there is no file. Errors: foreign_object, io_failed, permission_denied.
  virtual Result<std::optional<LoginDetails>> read(const std::filesystem::path& file, const TenantId& tenant) = 0;
  /// Absent is success. Errors: foreign_object, io_failed, permission_denied.
  virtual Result<void> remove(const std::filesystem::path& file, const TenantId& tenant) = 0;

  /// The files of tenants in a folder, and temporary files that nobody is writing; a missing folder has none.
  /// Errors: io_failed, permission_denied.
  virtual Result<std::vector<Thing>> inventory(const std::filesystem::path& folder) = 0;
  /// Removes a temporary file that inventory() returned; absent is success. Errors: foreign_object, io_failed, permission_denied.
  virtual Result<void> remove_temporary(const std::filesystem::path& file) = 0;
};

}  // namespace tenantctl
