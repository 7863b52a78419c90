// `nginx render`: the file that the operator's nginx includes in its http block.
#include "commands/registry.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {
namespace {

struct RenderArgs {};

Result<Report> render_include(const RenderArgs&, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto text, render_nginx_include(settings->nginx, settings->domain, settings->stacks));
  return Report{.text = text, .document = {{"include", text}}};
}

}  // namespace

void add_nginx(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("nginx", "what nginx needs to serve the tenants");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl nginx render > /etc/nginx/conf.d/tenantctl.conf");
  add_command<RenderArgs>(*group, "render", "prints the file that nginx includes in its http block",
                          "tenantctl nginx render > /etc/nginx/conf.d/tenantctl.conf", chosen, render_include);
}

}  // namespace tenantctl
