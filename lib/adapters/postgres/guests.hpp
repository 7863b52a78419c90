// The role that does in a tenant's database what was not written by tenantctl: what an archive holds, what migrations say. It logs in by
// itself, so that nothing which runs there can become the provisioner, and may do what the tenant's owner role may.
#pragma once
#include "adapters/postgres/connection.hpp"
#include "ports/archiver.hpp"

namespace tenantctl::postgres {

struct Guest {
  RoleName name;
  Secret password;
  std::string oid;  // tells it from one of the same name that somebody else invited later
};

/// What the guest may do besides what the owner role may.
enum class GuestRights : std::uint8_t {
  of_owner,
  of_tenant,  // all that the tenant's login may: its application makes tables that are its own
};

/// Makes the role, with a new password. PostgresServer::see_guest_out ends its stay. Errors: bad_value, sql_failed.
Result<Guest> invite_guest(Connection& connection, const TenantDatabase& names, GuestRights rights = GuestRights::of_owner);

}  // namespace tenantctl::postgres
