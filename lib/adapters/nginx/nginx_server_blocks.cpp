#include "adapters/nginx/nginx_server_blocks.hpp"

#include <fmt/format.h>

#include "adapters/nginx/domain_files.hpp"
#include "adapters/nginx/nginx_inventory.hpp"
#include "adapters/nginx/owned_files.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {

namespace fs = std::filesystem;

NginxServerBlocks::NginxServerBlocks(NginxSettings settings, std::map<std::string, StackSettings> stacks, std::string domain,
                                     std::unique_ptr<SiteHost> host, std::shared_ptr<ReloadGroup> group)
    : settings_(std::move(settings)),
      stacks_(std::move(stacks)),
      domain_(std::move(domain)),
      host_(std::move(host)),
      files_(settings_, *host_, std::move(group)) {}

std::vector<fs::path> NginxServerBlocks::files_for(const TenantSlug& slug, const ConfigName&, const HostName&, const HostName&) const {
  return {settings_.dir / "sites" / (slug.str() + ".conf")};
}

Result<Observed> NginxServerBlocks::observe(const Route& route) {
  TRY(host_->settle(settings_.dir));
  TRY_ASSIGN(auto observed, observe_owned_files(*host_, route.files, route.tenant));
  if (observed.presence != Presence::complete) return observed;
  // A file that nginx was never told of is not a route yet: a crash between the two is taken up here.
  TRY_ASSIGN(const bool in_force, files_.is_in_force());
  if (!in_force) observed.presence = Presence::partial;
  return observed;
}

Result<std::string> NginxServerBlocks::render(const Route& route) const {
  const auto stack = stacks_.find(route.stack.str());
  if (stack == stacks_.end() || stack->second.upstream.empty())
    return fail(ErrorCode::config_invalid, fmt::format("stack \"{}\" has no upstream", route.stack.str()));
  NginxSite site{.tenant = route.tenant,
                 .slug = route.slug,
                 .front = route.front,
                 .back = route.back,
                 .upstream = stack->second.upstream,
                 .frappe = stack->second.frappe};
  if (site.frappe) site.site = fill_in(site.frappe->site, route.slug, domain_);
  return render_nginx_site(settings_, site);
}

Result<std::string> NginxServerBlocks::render_closed(const Route& route, Closure why) const {
  return render_nginx_closed_site(
      settings_, {.tenant = route.tenant, .slug = route.slug, .front = route.front, .back = route.back, .upstream = {}}, why);
}

Result<void> NginxServerBlocks::publish(const Route& route) {
  TRY_ASSIGN(const auto text, render(route));
  return install(route, text);
}

Result<void> NginxServerBlocks::close(const Route& route, Closure why) {
  TRY_ASSIGN(const auto text, render_closed(route, why));
  return install(route, text);
}

Result<void> NginxServerBlocks::open(const Route& route, Closure why) {
  TRY_ASSIGN(const auto text, read_small_file(*host_, route.files.front()));
  const auto closed = text ? closure_of_site(*text) : std::nullopt;
  return closed && *closed != why ? Result<void>() : publish(route);
}

Result<Observed> NginxServerBlocks::observe_closure(const Route& route, Closure why) {
  TRY_ASSIGN(auto observed, observe(route));
  if (observed.presence == Presence::foreign) return observed;
  TRY_ASSIGN(const auto text, read_small_file(*host_, route.files.front()));
  if (!text || closure_of_site(*text) != why) return Observed{Presence::absent};
  return observed;
}

Result<void> NginxServerBlocks::install(const Route& route, const std::string& text) {
  return files_.change(settings_.dir, [&]() -> Result<std::vector<FileChange>> {
    TRY_ASSIGN(auto change, change_of(*host_, route.files.front(), route.tenant, text));
    change.stands_alone = true;
    return std::vector{std::move(change)};
  });
}

Result<void> NginxServerBlocks::withdraw(const Route& route) {
  return files_.change(settings_.dir, [&]() -> Result<std::vector<FileChange>> {
    TRY_ASSIGN(auto changes, removals_of_domains(*host_, settings_.dir, route));
    TRY_ASSIGN(auto own, change_of(*host_, route.files.front(), route.tenant, {}));
    changes.push_back(std::move(own));
    return changes;
  });
}

fs::path NginxServerBlocks::file_for_domain(const TenantSlug& slug, const HostName& host) const {
  return nginx_domain_file(NginxMode::server_block, settings_.dir, slug, host);
}

Result<Observed> NginxServerBlocks::observe_domain(const DomainRoute& domain) {
  TRY(host_->settle(settings_.dir));
  return observe_domain_file(*host_, files_, NginxMode::server_block, domain);
}

Result<void> NginxServerBlocks::let_in_domains(const DomainRoute& domain, std::vector<FileChange>& changes) const {
  const auto& file = domain.route.files.front();
  TRY_ASSIGN(const auto text, read_small_file(*host_, file));
  const auto names = (domain.file.parent_path() / "*.conf").native();
  if (!text || text->find(names) != std::string::npos) return {};
  const auto closed = closure_of_site(*text);
  TRY_ASSIGN(auto up_to_date, closed ? render_closed(domain.route, *closed) : render(domain.route));
  TRY_ASSIGN(auto change, change_of(*host_, file, domain.route.tenant, std::move(up_to_date)));
  change.stands_alone = true;
  changes.push_back(std::move(change));
  return {};
}

Result<void> NginxServerBlocks::publish_domain(const DomainRoute& domain) {
  TRY(host_->create_folder(domain.file.parent_path(), 0755, FileOwner::of_folder));
  return files_.change(settings_.dir, [&]() -> Result<std::vector<FileChange>> {
    TRY_ASSIGN(auto text, text_of_domain(NginxMode::server_block, domain));
    TRY_ASSIGN(auto change, change_of(*host_, domain.file, domain.route.tenant, std::move(text)));
    std::vector<FileChange> changes{std::move(change)};
    TRY(let_in_domains(domain, changes));
    return changes;
  });
}

Result<void> NginxServerBlocks::withdraw_domain(const DomainRoute& domain) {
  return take_away(*host_, files_, settings_.dir, domain.file, domain.route.tenant);
}

Result<std::vector<Thing>> NginxServerBlocks::inventory() { return nginx_inventory(*host_, settings_.dir); }

Result<void> NginxServerBlocks::remove(const Thing& file) {
  const fs::path path = file.name;
  // What nginx does not read in this mode needs no reload.
  const bool site = file.kind == ThingKind::route_file && path.parent_path() == settings_.dir / "sites";
  const bool domain = file.kind == ThingKind::domain_file && path.extension() == ".conf";
  if (!file.tenant || (!site && !domain)) return remove_inventoried(*host_, settings_.dir, file);
  return take_away(*host_, files_, settings_.dir, path, *file.tenant);
}

}  // namespace tenantctl
