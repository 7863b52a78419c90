// What commands may use of the outside world, each opened when it is first asked for: a command that needs no database
// opens none. apps/tenantctl/wiring.cpp implements it with the real adapters, tests with others.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/plans.hpp"
#include "core/settings.hpp"
#include "ports/api_key_store.hpp"
#include "ports/archiver.hpp"
#include "ports/audit_log.hpp"
#include "ports/backup_store.hpp"
#include "ports/batch_store.hpp"
#include "ports/billing_store.hpp"
#include "ports/certificate_issuer.hpp"
#include "ports/certificate_store.hpp"
#include "ports/clock.hpp"
#include "ports/configuration_store.hpp"
#include "ports/control_schema.hpp"
#include "ports/credential_store.hpp"
#include "ports/database_server.hpp"
#include "ports/dns_lookup.hpp"
#include "ports/dns_zone.hpp"
#include "ports/domain_store.hpp"
#include "ports/entropy.hpp"
#include "ports/expiry_store.hpp"
#include "ports/export_folder.hpp"
#include "ports/frappe_bench.hpp"
#include "ports/host_keys.hpp"
#include "ports/http_probe.hpp"
#include "ports/isolation_store.hpp"
#include "ports/journal.hpp"
#include "ports/login_probe.hpp"
#include "ports/mailer.hpp"
#include "ports/migration_store.hpp"
#include "ports/migrator.hpp"
#include "ports/old_copy_store.hpp"
#include "ports/operation_store.hpp"
#include "ports/outbox_store.hpp"
#include "ports/pool_store.hpp"
#include "ports/progress.hpp"
#include "ports/sandbox.hpp"
#include "ports/shell.hpp"
#include "ports/site_doors.hpp"
#include "ports/site_router.hpp"
#include "ports/sql_doors.hpp"
#include "ports/tenant_store.hpp"
#include "ports/terms_store.hpp"
#include "ports/trial_store.hpp"
#include "ports/usage_meter.hpp"
#include "ports/usage_store.hpp"
#include "ports/webhook_sender.hpp"

namespace tenantctl {

/// The control database's faces, over one connection.
struct ControlPlane {
  Journal& journal;
  OperationStore& operations;
  TenantStore& tenants;
  AuditLog& audit;
  ConfigurationStore& configurations;
  ApiKeyStore& keys;
  DomainStore& domains;
  BatchStore& batches;
  PoolStore& pool;
  MigrationStore& migrations;
  OldCopyStore& old_copies;
  IsolationStore& isolation;
  OutboxStore& outbox;
  CertificateStore& certificates;
  TermsStore& terms;
  UsageStore& usage;
  TrialStore& trials;
  BillingStore& billing;
  ExpiryStore& expiry;
};

class Services {
 public:
  virtual ~Services() = default;

  /// Errors: config_missing, config_invalid, io_failed.
  virtual Result<const Settings*> settings() = 0;
  /// Errors: plans_invalid, besides those of settings().
  virtual Result<const PlanCatalog*> plans() = 0;
  /// Connected and found to have the current schema. Errors: control_unreachable, control_not_initialised, control_newer.
  virtual Result<ControlPlane> control() = 0;
  virtual Result<ControlSchema*> control_schema() = 0;
  /// Errors: config_invalid where no server of that name is configured; secret_unavailable.
  virtual Result<DatabaseServer*> server(const std::string& name) = 0;
  /// Logs in to databases of that server as tenants do. Errors: as server().
  virtual Result<LoginProbe*> login_probe(const std::string& server) = 0;
  /// Into the databases of that server, as tenants and as the provisioner. Errors: as server().
  virtual Result<std::unique_ptr<SqlDoors>> doors(const std::string& server) = 0;
  /// Of a host that is reached by SSH, or, without a name, of this machine. Connects to nothing yet. Errors: host_not_found.
  virtual Result<Shell*> shell(const std::string& host) = 0;
  /// Of a stack of kind "frappe". Connects to nothing yet. Errors: config_invalid where there is no such stack; secret_unavailable.
  virtual Result<FrappeBench*> bench(const std::string& stack) = 0;
  /// Of that stack's bench, to look at and no more. Errors: as bench().
  virtual Result<std::unique_ptr<SiteDoors>> site_doors(const std::string& stack) = 0;
  /// Of that server, with connections of its own. Errors: as server().
  virtual Result<std::unique_ptr<Archiver>> archiver(const std::string& server) = 0;
  /// Of that server, kept for the next tenant. Errors: as server().
  virtual Result<Migrator*> migrator(const std::string& server) = 0;
  /// Of that server, kept for the next tenant. Errors: as server().
  virtual Result<UsageMeter*> meter(const std::string& server) = 0;
  /// In that folder, or, where it is empty, in the configured one. Errors: config_invalid where none is configured.
  virtual Result<BackupStore*> backups(const std::filesystem::path& folder = {}) = 0;
  /// A new folder of that name. Errors: foreign_object where it is there; permission_denied, disk_full, io_failed.
  virtual Result<std::unique_ptr<ExportFolder>> export_folder(const std::filesystem::path& wanted) = 0;
  virtual HostKeys& host_keys() = 0;
  /// Of the nginx on that host, or, without a name, on this machine. Connects to nothing yet. Errors: host_not_found.
  virtual Result<SiteRouter*> router(NginxMode mode, const std::string& host) = 0;
  /// Makes the folder that nginx reads of, on its host, as far as it is missing; returns the file that its http block is to include.
  virtual Result<std::filesystem::path> prepare_nginx() = 0;
  /// The operator's zone. Connects to nothing yet. Errors: config_invalid where dns.provider makes no records; secret_unavailable.
  virtual Result<DnsZone*> zone() = 0;
  /// By dns.nameservers, or else by the system's resolver. Errors: those of settings().
  virtual Result<DnsLookup*> lookup() = 0;
  /// Of nginx's host. Connects to nothing yet. Errors: config_invalid where tls.provider is "none"; host_not_found.
  virtual Result<CertificateIssuer*> issuer() = 0;
  /// Whether this process, with all its threads, has asked for a certificate.
  virtual bool has_certificates_to_get() = 0;
  /// The operator's mail server. Connects to nothing yet. Errors: config_invalid where there is none; secret_unavailable.
  virtual Result<Mailer*> mailer() = 0;
  virtual WebhookSender& webhooks() = 0;
  /// Whether this process, with all its threads, has written anything that somebody is to be told of.
  virtual bool has_events() = 0;
  virtual CredentialStore& credentials() = 0;
  virtual HttpProbe& http() = 0;
  virtual Clock& clock() = 0;
  virtual Entropy& entropy() = 0;
  virtual Progress& progress() = 0;
  /// `dir` empty: the default folder. Errors: config_invalid where that can't be told.
  virtual Result<Sandbox*> sandbox(const std::filesystem::path& dir) = 0;
  /// Drops what was read of an old configuration, and uses this file from now on.
  virtual void use_config(const std::filesystem::path& file) = 0;

  /// Whether files can be made in the folder on that host (here, without a name), or, where it is missing, it can be made.
  /// Writes nothing. Errors: permission_denied, io_failed; host_not_found, and what a host's shell says.
  virtual Result<void> check_writable(const std::string& host, const std::filesystem::path& folder) = 0;
  virtual Result<std::string> read_file(const std::filesystem::path& file) = 0;
  /// The plain files right in it, by name. Errors: file_not_found, where there is no such folder; io_failed, permission_denied.
  virtual Result<std::vector<std::filesystem::path>> files_in(const std::filesystem::path& folder) = 0;
  /// What "env:NAME" or "file:PATH" leads to, or, where `reference` is empty, standard input up to its first line's end.
  /// Errors: secret_unavailable.
  virtual Result<Secret> secret(const std::string& reference) = 0;
  virtual Actor actor() = 0;
  /// Services of its own for another thread that makes tenants beside others: silent, and a signal does not reach them. All else
  /// here belongs to the thread that made it.
  virtual std::unique_ptr<Services> for_thread() = 0;
  /// Asks on a terminal; true with --yes. Errors: confirmation_required, where nobody can be asked or the answer is no.
  virtual Result<void> confirm(const std::string& question) = 0;
  /// As confirm, but --yes does not stand for a person's answer; `otherwise` is the hint where nobody can be asked.
  virtual Result<void> confirm_in_person(const std::string& question, const std::string& otherwise) = 0;
  /// The signal that asked this process to stop, as an error; nothing while none came.
  virtual std::optional<Error> interrupted() = 0;
};

}  // namespace tenantctl
