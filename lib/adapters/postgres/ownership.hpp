// How things on a database server say whose they are: a COMMENT on each role, and the owner of each database.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "core/names.hpp"
#include "ports/database_server.hpp"

namespace tenantctl::postgres {

/// The role that owns what is in template databases. It can't log in, and owns nothing in a tenant's database.
inline constexpr std::string_view k_template_owner = "tenantctl_template";

/// "tenantctl tenant=<uuid>": opaque, because every role on the server can read it.
std::string marker_of(const TenantId& tenant);

/// The tenant that a marker names; nothing where it is none of ours.
std::optional<TenantId> tenant_in_marker(std::string_view marker);

/// What a conflict's message says of a marker that is not ours.
std::string describe_marker(const std::string& marker);

/// A statement that makes the transaction wait for others that change rights on a database, which are one row of a catalog: of
/// two who change it at once, one would fail with "tuple concurrently updated". For sessions on the maintenance database.
std::string rights_lock();

/// A statement that makes the provisioner a member of `roles`, which it must be to give them things and to end their
/// sessions; empty for a superuser, who may do so anyway.
std::string membership(Connection& connection, const std::vector<std::string>& roles);

}  // namespace tenantctl::postgres
