// `sandbox up|status|down`: the embedded default, ready for a first create.
#include <fmt/format.h>

#include "commands/migrate_control.hpp"
#include "commands/registry.hpp"
#include "commands/stacks.hpp"
#include "views/sandbox.hpp"

namespace tenantctl {
namespace {

struct SandboxArgs {
  std::filesystem::path dir;
  bool purge = false;
};

SandboxDetails details(const SandboxStatus& status) {
  SandboxDetails details{.dir = status.dir.string(),
                         .config = status.config.string(),
                         .control_url = status.control_url,
                         .socket_dir = status.socket_dir.string(),
                         .postgres_port = status.postgres_port,
                         .http_port = status.http_port,
                         .user = status.user,
                         .exists = status.exists,
                         .running = status.running};
  for (const auto& server : status.servers) details.servers.emplace_back(server.name, server.pid);
  return details;
}

/// Everything that a first create would otherwise have to make: the control database and the stacks' template databases.
Result<void> prepare(Services& services) {
  TRY(migrate_control(services));
  TRY_ASSIGN(const auto* settings, services.settings());
  for (const auto& [name, stack] : settings->stacks) {
    if (stack.kind != StackKind::database) continue;
    TRY_ASSIGN(const auto source, read_template_source(stack, services));
    for (const auto& place : stack.servers) {
      TRY_ASSIGN(auto* server, services.server(place));
      TRY(server->ensure_template(source));
    }
  }
  return {};
}

Result<Report> up(const SandboxArgs& args, Services& services) {
  TRY_ASSIGN(auto* sandbox, services.sandbox(args.dir));
  TRY_ASSIGN(const auto status, sandbox->up());
  services.use_config(status.config);
  TRY(prepare(services));
  auto report = sandbox_report(details(status));
  report.text += fmt::format("\nnext: tenantctl create acme --company \"Acme Ltd\" --email admin@acme.test\n");
  return report;
}

Result<Report> status(const SandboxArgs& args, Services& services) {
  TRY_ASSIGN(auto* sandbox, services.sandbox(args.dir));
  TRY_ASSIGN(const auto status, sandbox->status());
  return sandbox_report(details(status));
}

Result<Report> down(const SandboxArgs& args, Services& services) {
  TRY_ASSIGN(auto* sandbox, services.sandbox(args.dir));
  TRY_ASSIGN(auto before, sandbox->status());
  if (args.purge && before.exists) TRY(services.confirm(fmt::format("remove {} with every tenant in it?", before.dir.string())));
  TRY(sandbox->down(args.purge ? SandboxData::purge : SandboxData::keep));
  TRY_ASSIGN(const auto after, sandbox->status());
  return sandbox_report(details(after));
}

void add_dir(CLI::App* sub, SandboxArgs& args) {
  sub->add_option("--dir", args.dir, "its folder (else below $XDG_STATE_HOME, or /var/lib as root)")->type_name("DIR");
}

}  // namespace

void add_sandbox(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("sandbox", "a private PostgreSQL, nginx and demo app to try things in");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl sandbox up");
  auto [up_sub, up_args] =
      add_command<SandboxArgs>(*group, "up", "starts it, making it first where needed", "tenantctl sandbox up --dir /tmp/try", chosen, up);
  add_dir(up_sub, *up_args);
  auto [status_sub, status_args] =
      add_command<SandboxArgs>(*group, "status", "tells what runs and where", "tenantctl sandbox status -o json", chosen, status);
  add_dir(status_sub, *status_args);
  auto [down_sub, down_args] =
      add_command<SandboxArgs>(*group, "down", "stops it and keeps its data", "tenantctl sandbox down --purge --yes", chosen, down);
  add_dir(down_sub, *down_args);
  down_sub->add_flag("--purge", down_args->purge, "remove its folder, with every tenant in it");
}

}  // namespace tenantctl
