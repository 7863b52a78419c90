// `init`: the control database's schema, and the folder that nginx reads tenants from.
#include <fmt/format.h>

#include "commands/migrate_control.hpp"
#include "commands/registry.hpp"

namespace tenantctl {
namespace {

struct InitArgs {};

Result<Report> init(const InitArgs&, Services& services) {
  TRY_ASSIGN(const auto migration, migrate_control(services));
  TRY_ASSIGN(const auto include, services.prepare_nginx());
  const auto done = migration.applied.empty() ? fmt::format("control database is at version {}, nothing to do\n", migration.version_after)
                                              : fmt::format("control database migrated from version {} to {}\n", migration.version_before,
                                                            migration.version_after);
  return Report{.text = done + fmt::format("nginx: its http block is to hold\n  include {};\n", include.string()),
                .document = {{"version_before", migration.version_before},
                             {"version", migration.version_after},
                             {"applied", migration.applied},
                             {"nginx_include", include.string()}}};
}

}  // namespace

void add_init(CLI::App& app, Command& chosen) {
  add_command<InitArgs>(app, "init", "creates the control database and nginx's folder, or brings them up to date", "tenantctl init", chosen,
                        init);
}

}  // namespace tenantctl
