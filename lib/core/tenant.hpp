// A tenant as the control database knows it, and the states it may be in. Values only.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/instant.hpp"
#include "core/names.hpp"

namespace tenantctl {

enum class TenantStatus : std::uint8_t { provisioning, active, suspended, cancelled, deleted, failed };

std::string_view to_string(TenantStatus status);
/// Errors: bad_value, listing the statuses.
Result<TenantStatus> parse_tenant_status(std::string_view text);

/// Configuration values of one tenant, as given by `--set KEY=VALUE`.
using TenantConfiguration = std::map<std::string, std::string>;

struct Tenant {
  TenantId id;
  TenantCode code;
  TenantSlug slug;
  std::string company_name;
  std::string admin_email;
  std::string owner;  // who in the operator's world it belongs to; may be empty
  std::string stack;
  std::string plan;
  std::string server;          // name of the database server
  std::string moving_to = {};  // where an unfinished move is to bring it; empty: nowhere
  std::string database;
  std::string schema = {};          // empty: the database is the tenant's alone
  std::string schema_version = {};  // of its stack's migrations, as far as is known; empty: not known
  std::string domain;               // the front host's name, such as acme.yourapp.test
  TenantStatus status = TenantStatus::provisioning;
  Instant created_at{};
  std::optional<Instant> activated_at;
  std::optional<Instant> trial_ends_at;
  std::optional<Instant> grace_ends_at = {};  // of a trial that is over
  std::string payment_reference = {};         // the payment provider's; empty: there is no way to pay
  std::string status_reason = {};             // why it is suspended or cancelled, as the operator said
  std::optional<Instant> suspended_at = {};
  std::optional<Instant> cancelled_at = {};
  std::optional<Instant> deleted_at = {};
  std::optional<Instant> quarantined_until = {};  // of a deleted one: its name is kept from use
  std::optional<Instant> expires_at = {};         // it is to be deleted from then on; empty: it stays
};

}  // namespace tenantctl
