// The control database: tenants, their configuration and keys, operations, journal and audit log, over one connection that is
// opened at first use. It holds no tenant's data and no secret. One object per thread.
#pragma once
#include <memory>

#include "core/events.hpp"
#include "core/secret.hpp"
#include "core/shared_flag.hpp"
#include "ports/api_key_store.hpp"
#include "ports/audit_log.hpp"
#include "ports/batch_store.hpp"
#include "ports/billing_store.hpp"
#include "ports/certificate_store.hpp"
#include "ports/configuration_store.hpp"
#include "ports/control_schema.hpp"
#include "ports/domain_store.hpp"
#include "ports/expiry_store.hpp"
#include "ports/isolation_store.hpp"
#include "ports/journal.hpp"
#include "ports/migration_store.hpp"
#include "ports/old_copy_store.hpp"
#include "ports/operation_store.hpp"
#include "ports/outbox_store.hpp"
#include "ports/pool_store.hpp"
#include "ports/request_budget.hpp"
#include "ports/tenant_store.hpp"
#include "ports/terms_store.hpp"
#include "ports/trial_store.hpp"
#include "ports/usage_store.hpp"

namespace tenantctl {

class ControlDatabase {
 public:
  /// `url`: a connection string, as libpq takes it. Connects to nothing yet. Changes that somebody is told of go into the outbox; the flag
  /// is raised where a certificate is asked for.
  explicit ControlDatabase(Secret url, Subscriptions subscriptions = {}, SharedFlag certificates_wanted = {});
  ControlDatabase(const ControlDatabase&) = delete;
  ControlDatabase& operator=(const ControlDatabase&) = delete;
  ~ControlDatabase();

  /// Connects and looks at the schema, unless that was done. Every other function does this by itself.
  /// Errors: control_unreachable, control_not_initialised, control_newer, config_invalid.
  Result<void> check();

  // They live as long as this object.
  Journal& journal();
  OperationStore& operations();
  TenantStore& tenants();
  AuditLog& audit();
  ConfigurationStore& configurations();
  ApiKeyStore& keys();
  DomainStore& domains();
  BatchStore& batches();
  OldCopyStore& old_copies();
  IsolationStore& isolation();
  OutboxStore& outbox();
  RequestBudget& budget();
  CertificateStore& certificates();
  TermsStore& terms();
  UsageStore& usage();
  TrialStore& trials();
  BillingStore& billing();
  ExpiryStore& expiry();
  PoolStore& pool();
  MigrationStore& tenant_migrations();
  ControlSchema& schema();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tenantctl
