// The audit log in the control database, and how other writes there bring their entry along.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/audit_log.hpp"

namespace tenantctl::postgres {

/// An entry as the parameter that INSERT_AUDIT reads.
Parameter audit_parameter(const AuditEntry& entry);

/// An insert into audit_log for a statement whose parameter NUMBER is audit_parameter(); what follows it may join more tables, so
/// that an entry is written only where a change is. A macro, so that it can
/// be a piece of a literal.
#define INSERT_AUDIT(NUMBER)                                                                                                             \
  "insert into audit_log (actor, host, action, tenant, slug, operation, details) "                                                       \
  "select a ->> 'actor', a ->> 'host', a ->> 'action', (a ->> 'tenant')::uuid, a ->> 'slug', (a ->> 'operation')::uuid, a -> 'details' " \
  "from (select $" NUMBER "::jsonb as a) entry"

class ControlAudit final : public AuditLog {
 public:
  explicit ControlAudit(ControlSession& session) : session_(session) {}

  Result<void> append(const AuditEntry& entry) override;
  Result<AuditPage> list(const AuditFilter& filter) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
