// `init`: the control database's schema.
#include "commands/registry.hpp"

namespace tenantctl {
namespace {

struct InitArgs {};

Result<Report> init(const InitArgs&, Services& services) {
  TRY_ASSIGN(auto* schema, services.control_schema());
  TRY_ASSIGN(const auto migration, schema->migrate());
  const auto text = migration.applied.empty() ? fmt::format("control database is at version {}, nothing to do\n", migration.version_after)
                                              : fmt::format("control database migrated from version {} to {}\n", migration.version_before, migration.version_after);
  return Report{.text = text,
                .document = {{"version_before", migration.version_before}, {"version", migration.version_after}, {"applied", migration.applied}}};
}

}  // namespace

void add_init(CLI::App& app, Command& chosen) {
  add_command<InitArgs>(app, "init", "creates the control database or brings its schema up to date", "tenantctl init", chosen, init);
}

}  // namespace tenantctl
