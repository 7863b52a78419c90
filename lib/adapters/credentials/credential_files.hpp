// Credentials as one JSON file per tenant, mode 0600 in a folder of mode 0700, for the application that serves the tenants.
// It never replaces or removes a file that does not hold this tenant's id, and puts no secret into an error.
#pragma once
#include "adapters/files/file_gate.hpp"
#include "ports/credential_store.hpp"

namespace tenantctl {

/// The file: {"format": 1, "tenant_id", "code", "slug", "host", "port", "database", "user", "password", "url"}, all but
/// format and port strings; `url` is a postgresql:// URL of the same. Of a site: "host" (where people go), "site", "user", "password".
/// A configuration is such a file too, NAME.config.json: "format", "tenant_id", "code", "slug", "version" and "configuration".
class CredentialFiles : public CredentialStore {
 public:
  void begin(const Claim& claim) override { gate_.begin(claim); }
  Result<Observed> observe(const std::filesystem::path& file, const TenantId& tenant) override;
  Result<void> write(const std::filesystem::path& file, const Credentials& credentials) override;
  Result<std::optional<LoginDetails>> read(const std::filesystem::path& file, const TenantId& tenant) override;
  Result<void> write(const std::filesystem::path& file, const SiteLogin& login) override;
  Result<void> write(const std::filesystem::path& file, const ConfigurationCopy& configuration) override;
  Result<std::optional<TenantConfiguration>> read_configuration(const std::filesystem::path& file, const TenantId& tenant) override;
  Result<void> remove(const std::filesystem::path& file, const TenantId& tenant) override;
  Result<std::vector<Thing>> inventory(const std::filesystem::path& folder) override;
  Result<void> remove_temporary(const std::filesystem::path& file) override;

 private:
  Result<void> write_text(const std::filesystem::path& file, const TenantId& tenant, std::string text);
  /// With the folder's lock held. Errors: as write().
  Result<void> put(const std::filesystem::path& file, const TenantId& tenant, std::string text);

  FileGate gate_;
};

/// "postgresql://USER:PASSWORD@HOST:PORT/DATABASE", every part percent-encoded; a host that is a socket's folder goes into
/// the query. Source: PostgreSQL 15, section 34.1.1.2.
Secret connection_url(const Credentials& credentials);

}  // namespace tenantctl
