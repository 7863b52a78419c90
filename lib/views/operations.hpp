// Reports about operations: how one ended, what the journal says of it, and all of them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/dns.hpp"
#include "core/operation.hpp"
#include "core/tenant.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct StepLine {
  std::string step;
  std::int64_t duration_ms = 0;
};

/// Adds them, and how long they took together.
void add_steps(nlohmann::json& document, const std::vector<StepLine>& lines);

/// A create that ended well, here or after a resume.
struct CreateDetails {
  Tenant tenant;
  std::string operation;
  std::vector<StepLine> steps;
  std::string url;
  std::string credentials_file;         // empty where they were printed instead
  std::optional<std::string> password;  // only with --print-credentials: the one place where it is shown
  std::string login;
  std::optional<TenantRecords> dns_records = {};  // that the operator is to add
  std::chrono::seconds dns_ttl{0};
  bool repeated = false;  // an idempotency key returned the first outcome
};
Report create_report(const CreateDetails& details);

/// What `suspend` and its like did.
struct StateChange {
  Tenant tenant;               // as it is now
  std::string operation = {};  // empty: it was so already, and nothing was done
  std::vector<StepLine> steps = {};
  std::string backup = {};      // the id of the one that it began with; empty: none was made
  nlohmann::json receipt = {};  // of a deletion
};
Report state_change_report(const StateChange& change);

/// What `restore` did in a tenant's place.
struct Restored {
  Tenant tenant;
  std::string operation;
  std::string backup;     // its id
  std::string kept = {};  // what the old database is called now; empty: it was dropped
  std::vector<StepLine> steps = {};
};
Report restored_report(const Restored& restored);
/// `forgotten`: of servers that are not known any more.
Report dropped_report(const std::string& slug, const std::vector<std::string>& dropped, const std::vector<std::string>& forgotten);

/// A database that a restore or move had put aside, and that is gone now.
struct DroppedLine {
  std::string slug;
  std::string database;
  Instant put_aside_at{};
};
Report dropped_of_all_report(const std::vector<DroppedLine>& dropped);

/// What `create --dry-run` found: step by step, what is there and what would be done.
struct DryRunStep {
  std::string step;
  std::string what;
  std::string present;  // "absent", "partial", …
};
struct DryRun {
  std::string slug;
  std::vector<DryRunStep> steps;
};
Report dry_run_report(const DryRun& plan);

/// An operation after `rollback` or `resume`, in one line for people.
struct OperationEnd {
  Operation operation;
  std::string says;                          // "undone", "finished", "was undone already"
  std::optional<std::string> password = {};  // of the tenant's login, where the create was to print it
};
Report operation_end_report(const std::vector<OperationEnd>& ends);

Report operation_list_report(const std::vector<Operation>& operations);
Report operation_report(const Operation& operation, const std::vector<StepEvent>& events);

}  // namespace tenantctl
