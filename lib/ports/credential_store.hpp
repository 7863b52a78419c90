// One file per tenant with what its application logs in with: mode 0600, owned by the owner of its folder.
#pragma once
#include <filesystem>
#include <string>

#include "core/names.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
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
};

class CredentialStore {
 public:
  virtual ~CredentialStore() = default;
  /// complete where the file holds this tenant's id. Errors: io_failed, permission_denied.
  virtual Result<Observed> observe(const std::filesystem::path& file, const TenantId& tenant) = 0;
  /// Atomic and durable; replaces only this tenant's own file. Errors: foreign_object, disk_full, io_failed, permission_denied.
  virtual Result<void> write(const std::filesystem::path& file, const Credentials& credentials) = 0;
  /// Absent is success. Errors: foreign_object, io_failed, permission_denied.
  virtual Result<void> remove(const std::filesystem::path& file, const TenantId& tenant) = 0;
};

}  // namespace tenantctl
