// Turns the words of a `create` into a checked plan, before anything outside is touched.
#pragma once
#include <string>
#include <vector>

#include "commands/services.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {

struct CreateArgs {
  std::string slug;
  std::string username;
  std::string email;
  std::string company;
  std::string owner;
  std::string plan;
  std::string stack;
  std::string ttl = {};          // how long it is wanted; empty: it stays
  std::string server;            // one of the stack's; empty: the best
  std::vector<std::string> set;  // KEY=VALUE
  std::string idempotency_key;
  std::string lock_wait;  // a duration; empty: not at all
  bool keep_on_failure = false;
  bool print_credentials = false;
  bool dry_run = false;
  bool is_of_batch = false;                // beside many others: nothing is asked twice that a zone's provider counts
  std::string placed = {};                 // its server, where that is decided already
  std::optional<CreatePlan> made_as = {};  // with `pooled`: as what it was made, which gives it its names
  std::optional<PoolEntry> pooled = {};    // whose server, database and names the tenant gets
  std::filesystem::path from_backup = {};  // a backup's folder: its database is made of that
};

/// What a copy takes over from what it is a copy of.
struct Origin {
  std::string company_name;
  std::string admin_email;
  std::string owner;
  std::string stack;
  std::string plan;
  TenantConfiguration configuration;
};
/// Where the operator said nothing else.
void inherit(CreateArgs& args, const Origin& origin);

struct CreateRequest {
  CreatePlan plan;
  TenantConfiguration configuration;
  const StackSettings* stack = nullptr;
  std::vector<std::string> servers;  // those that would take it, the plan's first
  nlohmann::json plan_terms;         // the subscription plan as it is today, kept in the tenant's row
};

/// Drawn anew: an id, and a code that nobody else has in all likelihood.
Result<Identity> new_identity(Entropy& entropy);

/// Errors: bad_slug, bad_value, usage, stack_not_found, plan_not_found, limit_reached, and those of the configuration.
Result<CreateRequest> read_create(const CreateArgs& args, Services& services);

}  // namespace tenantctl
