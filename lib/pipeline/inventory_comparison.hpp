// Compares what exists with what the control database knows, both ways. Pure: it asks nobody and removes nothing.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "core/custom_domain.hpp"
#include "core/inventory.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// One look at the world. A place that could not be looked at says nothing about what is missing there.
struct World {
  std::vector<Thing> things;
  std::set<std::string> places;       // those that were looked at, as in Thing::place
  std::set<std::string> unseen = {};  // SERVER/DATABASE: shared databases whose schemas were not looked at
};

/// What the control database says. The operations are read before the tenants.
struct Records {
  std::vector<Operation> operations;       // all of them, newest first
  std::vector<Tenant> tenants;             // all of them, in one statement: a page skipped would be a tenant taken for an orphan
  std::set<TenantId> pooled = {};          // whose databases stand ready, read when the operations had been
  std::vector<CustomDomain> domains = {};  // all of them, read when the operations had been
};

struct Comparison {
  std::vector<Orphan> orphans;  // in the order in which they can be removed
  std::vector<Missing> missing;
  std::vector<Unfinished> unfinished;
  bool clean() const { return orphans.empty() && missing.empty(); }
};

/// Whether it is what a restore is tried in, to prove a backup.
bool is_of_check(const Thing& thing);

/// The world is looked at, then the control database is read, then the world is looked at again; nobody is kept out.
/// A tenant that comes or goes meanwhile is never an orphan and never missing anything:
/// - An operation is committed before its first effect. So whatever the first look saw has an operation in the records. It
///   is unfinished there: explained. Or it succeeded: then the tenant's row was committed with that, and is in the tenants,
///   which are read later, unless it has been taken away since; or it was undone. Both end by removing the things before
///   the journal says so, and so before the second look, which does not find them. An orphan is in both looks.
/// - A row that is active in the records had all its things when it became so. If that was after the first look, the second
///   has them; if the tenant went after the records were read, the first had them. Missing is in neither look.
/// What is said of tenants holds of custom domains too: an unfinished operation explains a domain's file, and a finished one
/// committed with its end that the domain is routed. A check of a backup is no operation: what it works with is busy, and once
/// no longer busy, it is either gone at the second look or left by a process that is no more.
/// So both looks must be complete looks: with only one, or the control database read first, a create could lose its database.
Comparison compare_inventory(const World& before, const Records& records, const World& after);

}  // namespace tenantctl
