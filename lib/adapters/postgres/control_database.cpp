#include "adapters/postgres/control_database.hpp"

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_batches.hpp"
#include "adapters/postgres/control_billing.hpp"
#include "adapters/postgres/control_budget.hpp"
#include "adapters/postgres/control_certificates.hpp"
#include "adapters/postgres/control_configurations.hpp"
#include "adapters/postgres/control_domains.hpp"
#include "adapters/postgres/control_expiry.hpp"
#include "adapters/postgres/control_isolation.hpp"
#include "adapters/postgres/control_journal.hpp"
#include "adapters/postgres/control_keys.hpp"
#include "adapters/postgres/control_migrations.hpp"
#include "adapters/postgres/control_old_copies.hpp"
#include "adapters/postgres/control_operations.hpp"
#include "adapters/postgres/control_outbox.hpp"
#include "adapters/postgres/control_pool.hpp"
#include "adapters/postgres/control_tenant_migrations.hpp"
#include "adapters/postgres/control_tenants.hpp"
#include "adapters/postgres/control_terms.hpp"
#include "adapters/postgres/control_trials.hpp"
#include "adapters/postgres/control_usage.hpp"

namespace tenantctl {

struct ControlDatabase::Parts {
  Parts(Secret url, Subscriptions subscriptions, SharedFlag certificates_wanted)
      : session(std::move(url), std::move(subscriptions), std::move(certificates_wanted)) {}
  postgres::ControlSession session;
  postgres::ControlJournal journal{session};
  postgres::ControlOperations operations{session};
  postgres::ControlTenants tenants{session};
  postgres::ControlAudit audit{session};
  postgres::ControlConfigurations configurations{session};
  postgres::ControlKeys keys{session};
  postgres::ControlDomains domains{session};
  postgres::ControlBatches batches{session};
  postgres::ControlPool pool{session};
  postgres::ControlOldCopies old_copies{session};
  postgres::ControlIsolation isolation{session};
  postgres::ControlOutbox outbox{session};
  postgres::ControlBudget budget{session};
  postgres::ControlCertificates certificates{session};
  postgres::ControlTerms terms{session};
  postgres::ControlUsage usage{session};
  postgres::ControlTrials trials{session};
  postgres::ControlBilling billing{session};
  postgres::ControlExpiry expiry{session};
  postgres::ControlTenantMigrations tenant_migrations{session};
  postgres::ControlMigrations migrations{session};
};

ControlDatabase::ControlDatabase(Secret url, Subscriptions subscriptions, SharedFlag certificates_wanted)
    : parts_(std::make_unique<Parts>(std::move(url), std::move(subscriptions), std::move(certificates_wanted))) {}
ControlDatabase::~ControlDatabase() = default;

Result<void> ControlDatabase::check() {
  TRY(parts_->session.ready());
  return {};
}

Journal& ControlDatabase::journal() { return parts_->journal; }
OperationStore& ControlDatabase::operations() { return parts_->operations; }
TenantStore& ControlDatabase::tenants() { return parts_->tenants; }
AuditLog& ControlDatabase::audit() { return parts_->audit; }
ConfigurationStore& ControlDatabase::configurations() { return parts_->configurations; }
ApiKeyStore& ControlDatabase::keys() { return parts_->keys; }
DomainStore& ControlDatabase::domains() { return parts_->domains; }
BatchStore& ControlDatabase::batches() { return parts_->batches; }
IsolationStore& ControlDatabase::isolation() { return parts_->isolation; }
OutboxStore& ControlDatabase::outbox() { return parts_->outbox; }
CertificateStore& ControlDatabase::certificates() { return parts_->certificates; }
TermsStore& ControlDatabase::terms() { return parts_->terms; }
UsageStore& ControlDatabase::usage() { return parts_->usage; }
TrialStore& ControlDatabase::trials() { return parts_->trials; }
BillingStore& ControlDatabase::billing() { return parts_->billing; }
ExpiryStore& ControlDatabase::expiry() { return parts_->expiry; }
RequestBudget& ControlDatabase::budget() { return parts_->budget; }
OldCopyStore& ControlDatabase::old_copies() { return parts_->old_copies; }
PoolStore& ControlDatabase::pool() { return parts_->pool; }
MigrationStore& ControlDatabase::tenant_migrations() { return parts_->tenant_migrations; }
ControlSchema& ControlDatabase::schema() { return parts_->migrations; }

}  // namespace tenantctl
