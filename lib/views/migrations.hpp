// Reports about schema migrations: what a run did to each tenant, and which tenants have which.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/tenant.hpp"
#include "views/report.hpp"

namespace tenantctl {

enum class MigrationOutcome : std::uint8_t {
  migrated,    // it has all files now
  up_to_date,  // it was found to have had them
  behind,      // not begun: a dry run, or the run ended before
  locked,      // another operation held it
  failed,
  gone,    // deleted meanwhile
  closed,  // suspended or cancelled, and its stack's own command would have to log in
};
std::string_view to_string(MigrationOutcome outcome);

struct MigrationLine {
  std::string slug;
  std::string from;  // a version; empty: not known
  std::string to;    // what it has now; of one that was not begun, what it is to have
  MigrationOutcome outcome = MigrationOutcome::behind;
  bool canary = false;
  std::optional<Error> error = {};
  std::int64_t duration_ms = 0;
};

struct StackLines {
  std::string stack;
  std::string version;         // that its tenants are to have
  std::size_t up_to_date = 0;  // tenants that were known to be, and nobody asked
  std::vector<MigrationLine> lines = {};
  std::optional<Error> error = {};  // of the template, before any tenant, or of the pool, after all
  std::size_t pool_filled = 0;
  std::size_t pool_dropped = 0;
};

struct MigrationRun {
  std::vector<StackLines> stacks;
  bool dry = false;
  std::optional<Error> stopped_by = {};  // a signal
};

/// Ends with 0 where nothing is left to do, or in a dry run; with the signal's status where one came; else with 1, or with 9 where no
/// tenant was touched because a server can't be reached, or with 6 where others held all that is left.
Report migration_report(const MigrationRun& run);

struct SpreadLine {
  std::string stack;
  std::string version;  // empty: not known
  std::size_t tenants = 0;
  std::size_t failed = 0;
  enum class Place : std::uint8_t { current, behind, unknown, elsewhere } place = Place::behind;  // elsewhere: of other files than today's
};
struct StackSpread {
  std::string stack;
  std::string version;  // of its files today
  std::size_t pool_ready = 0;
  std::size_t pool_stale = 0;
};

/// Ends with 0 whatever it says.
Report migration_status_report(const std::vector<StackSpread>& stacks, const std::vector<SpreadLine>& lines);

}  // namespace tenantctl
