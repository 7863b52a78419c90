// What operators do to a tenant that is there: how each deed begins, and where the tenant stands. For faults that come at no
// chosen step: lost answers, restarts, rivals. All deeds are done to one tenant, with the sandbox's configuration.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "support/live_sandbox.hpp"

namespace tenantctl::test {

struct Deed {
  std::string name;
  std::vector<std::string> args;
  std::function<void()> prepare;       // brings the tenant to where it begins
  std::function<std::string()> stand;  // "before", "after", or what does not fit together
};

/// suspend, activate, cancel, delete, restore, clone, and domain add and remove.
const std::vector<Deed>& deeds();
const Deed& deed(const std::string& name);

/// The ids of operations that are not over.
std::vector<std::string> unfinished();
/// Resumes or rolls back what is unfinished, by chance; what can only go on is resumed. Fails the test where that fails.
void finish_what_is_begun();

/// What a deed said of itself against where the tenant stands now. What it left unfinished is finished, and is whole then.
void judge_deed(const Deed& deed, const CliResult& said);

/// "active", "suspended", "cancelled", "deleted" or "none" where visitors, login and row agree; else what does not.
std::string state_of_tenant();

/// Takes all tenants of deeds away, and their backups.
void end_deeds();

}  // namespace tenantctl::test
