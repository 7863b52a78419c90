// The small POSIX shell program that everything on a bench's host goes through. It holds the site's lock while it works,
// and so does whatever it starts; it does nothing for a site that is not claimed for the caller.
#pragma once
#include <string_view>

namespace tenantctl::frappe {

/// Arguments: VERB BENCH SITE TENANT DATABASE TOKEN PATIENCE, then of `run` and `ask`: LIMIT MARK ARGV. TOKEN names the operation and
/// its fence; PATIENCE is how many seconds it waits for the lock.
///   look    prints the claim and what is there. With a TOKEN, it waits for the lock and puts it into a claim of the tenant's.
///   claim   claims the site, where neither it nor a claim exists.
///   run     runs ARGV in a session of its own, at most LIMIT seconds; where it succeeds, "made" is noted if MARK says so.
///   ask     runs ARGV as `run` does, at once and without a TOKEN: for what only reads. The site must be claimed for the tenant.
///   remove  removes the site's folder, archived ones of the same database, and the claim.
/// Refusals end with status 75 and a last line "tenantctl: REASON" on standard error: no-bench, busy, unclaimed, foreign.
extern const std::string_view k_gate_script;

}  // namespace tenantctl::frappe
