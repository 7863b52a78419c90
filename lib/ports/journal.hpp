// The journal as the engine sees it: events are appended, states change, and nothing is ever altered or removed.
// Every write is refused with `fenced` when the ticket's fence is no longer the operation's, that is, when another
// process has taken the operation over.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/operation.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// What becomes of the tenant's row in the same transaction that ends an operation.
struct KeepTenant {};
struct RemoveTenant {};
struct ActivateTenant {
  std::optional<Instant> trial_ends_at;
};
struct MarkTenantFailed {};
/// Of a tenant that is live or was.
struct SetTenantStatus {
  TenantStatus status = TenantStatus::active;
  std::string reason = {};  // why, as the operator says; may be empty
};
/// Its row stays, for who asks later; its hosts, configuration and API keys go, and its name is free once the quarantine ends.
struct MarkTenantDeleted {
  std::string reason = {};
  int quarantine_days = 0;
};
/// Of one custom domain of the tenant: it is routed now, and proved where `verified` says so; or it is the tenant's no more.
struct MarkDomainRouted {
  std::string host;
  bool verified = false;
};
struct RemoveDomain {
  std::string host;
};
/// Of a database that was made ahead of time, before it is anybody's.
struct MarkPoolEntryReady {
  std::string template_name;
};
struct RemovePoolEntry {};
/// Which migrations the tenant has is no longer known: another database has taken the place of its own.
struct ForgetMigrations {};
/// Its data is on that server now; what it had on the one before is left there under this name.
struct MoveTenant {
  std::string server;
  std::string old_database;
};
/// It has another plan from now on, or the same with other terms.
struct TakePlan {
  std::string plan;
  nlohmann::json terms;     // plan_document()
  bool ends_trial = false;  // that is over, and is paid for from now on
};
/// It was to be moved, and was not.
struct StayTenant {};
using TenantChange =
    std::variant<KeepTenant, RemoveTenant, ActivateTenant, MarkTenantFailed, SetTenantStatus, MarkTenantDeleted, MarkDomainRouted,
                 RemoveDomain, MarkPoolEntryReady, RemovePoolEntry, ForgetMigrations, MoveTenant, StayTenant, TakePlan>;

/// What becomes of it at each of an operation's possible ends. The defaults are a create's.
struct TenantEnds {
  TenantChange on_success;
  TenantChange on_undone = RemoveTenant{};
  TenantChange on_stuck = MarkTenantFailed{};
};

class Journal {
 public:
  virtual ~Journal() = default;

  /// All events of an operation, oldest first. Errors: control_unreachable.
  virtual Result<std::vector<StepEvent>> events(const OperationId& operation) = 0;

  /// Nothing where the ticket's fence is still the operation's; changes nothing. Errors: fenced, control_unreachable, sql_failed.
  virtual Result<void> check(const OperationTicket& ticket) = 0;

  /// Appends the events in order, in one transaction, durable when it returns. Errors: fenced, control_unreachable, sql_failed.
  virtual Result<void> record(const OperationTicket& ticket, std::span<const StepEvent> events) = 0;

  /// running -> undoing, keeping why. Already undoing is success. Errors: as record.
  virtual Result<void> turn_back(const OperationTicket& ticket, const Error& cause) = 0;

  /// Appends the last events, sets the final state and changes the tenant's row, in one transaction; writes the audit log.
  /// Errors: as record.
  virtual Result<void> close(const OperationTicket& ticket, std::span<const StepEvent> events, OperationState state,
                             const TenantChange& change) = 0;
};

}  // namespace tenantctl
