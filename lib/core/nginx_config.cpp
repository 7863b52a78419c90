#include "core/nginx_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/nginx_values.hpp"
#include "core/placeholders.hpp"
#include "core/template.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_header_begin = "# tenantctl tenant=";
constexpr std::size_t k_uuid_length = 36;
// sun_path has 108 bytes with its final NUL (unix(7)).
constexpr std::size_t k_max_socket_path = 107;

/// Ends without a newline, so that it can stand on a line of its own in another template.
Result<std::string> render_part(std::string_view name, const TemplateValues& values) {
  TRY_ASSIGN(auto text, render_embedded(name, values));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<std::string> render_common() { return render_part("templates/nginx/common.conf", {}); }

/// What every include file begins with; where requests are written down, that too.
Result<std::string> render_include_common(const NginxSettings& nginx) {
  if (nginx.access_log.empty()) return render_common();
  TRY_ASSIGN(const auto file, check_nginx_path(nginx.access_log));
  TRY_ASSIGN(const auto log, render_part("templates/nginx/access_log.conf", {{"file", file}}));
  TRY_ASSIGN(const auto common, render_common());
  return log + "\n" + common;
}

Result<std::vector<TemplateValues>> checked_addresses(const std::vector<std::string>& addresses) {
  std::vector<TemplateValues> list;
  for (const auto& text : addresses) {
    TRY_ASSIGN(const auto address, check_listen(text));
    list.push_back({{"address", address}});
  }
  return list;
}

/// What all servers have alike: where they listen, and how they are by https; nothing of that where they are by http alone.
struct Entrance {
  std::vector<TemplateValues> listen;
  std::vector<TemplateValues> listen_tls = {};
  std::string tls = {};
};

constexpr long k_seconds_per_day = 86'400;

Result<Entrance> entrance_of(const NginxSettings& nginx, const std::string& dir) {
  if (nginx.listen.empty()) return fail(ErrorCode::config_invalid, "nginx has no listen address");
  Entrance entrance;
  TRY_ASSIGN(entrance.listen, checked_addresses(nginx.listen));
  if (!nginx.tls) return entrance;
  TRY_ASSIGN(entrance.listen_tls, checked_addresses(nginx.tls->listen));
  TRY_ASSIGN(entrance.tls, render_part("templates/nginx/tls.conf",
                                       {{"dir", dir},
                                        {"redirect", nginx.tls->redirect},
                                        {"port", nginx.tls->port == 443 ? std::string() : fmt::format(":{}", nginx.tls->port)},
                                        {"hsts", nginx.tls->hsts_days > 0},
                                        {"seconds", std::to_string(nginx.tls->hsts_days * k_seconds_per_day)}}));
  return entrance;
}

/// The lists of mode routes, each row with the names that its section asks for.
struct RouteLists {
  std::vector<TemplateValues> upstreams = {};  // blocks of our own need no resolver, even though the name is a variable
  std::vector<TemplateValues> stacks = {};
  std::vector<TemplateValues> sides = {};
  std::vector<TemplateValues> sites = {};
  std::vector<TemplateValues> sockets = {};
  std::vector<TemplateValues> folders = {};
  std::vector<TemplateValues> blocked = {};
};

/// Its own name stands in no other stack's: names of stacks have no dots.
Result<std::string> add_upstream(RouteLists& lists, const std::string& name, const std::string& url) {
  TRY_ASSIGN(const auto address, check_upstream(url));
  lists.upstreams.push_back({{"name", name}, {"address", address}});
  return name;
}

/// The site's name with nginx's variable for the slug.
std::string site_value(const FrappeStack& stack, const HostName& domain) {
  return fill_placeholders(stack.site, {{"{slug}", "${tenantctl_slug}"}, {"{domain}", domain.str()}});
}

/// A site is on the host's back side, and on the front too where no front end is.
Result<void> add_site(RouteLists& lists, const StackSettings& stack, const HostName& domain) {
  const auto& name = stack.name.str();
  const auto& frappe = *stack.frappe;
  std::vector<std::string> sides{"api." + name};
  if (frappe.front.empty()) sides.push_back(name);
  const auto site = site_value(frappe, domain);
  for (const auto& side : sides) {
    lists.sites.push_back({{"side", side}, {"site", site}});
    if (!frappe.socketio.empty()) lists.sockets.push_back({{"side", side}, {"name", name + ".socketio"}});
    if (!frappe.sites_dir.empty()) {
      TRY_ASSIGN(const auto dir, check_nginx_path(frappe.sites_dir));
      lists.folders.push_back({{"side", side}, {"sites_dir", dir}});
    }
  }
  if (!frappe.socketio.empty()) TRY(add_upstream(lists, name + ".socketio", frappe.socketio));
  if (frappe.block_login) lists.blocked.push_back({{"pattern", frappe.front.empty() ? "(?:api\\.)?" + name : "api\\." + name}});
  return {};
}

Result<RouteLists> route_lists(const std::map<std::string, StackSettings>& stacks, const HostName& domain) {
  RouteLists lists;
  for (const auto& [key, stack] : stacks) {
    if (stack.upstream.empty()) continue;
    TRY_ASSIGN(const auto name, add_upstream(lists, stack.name.str(), stack.upstream));
    auto front = name;
    if (stack.frappe && !stack.frappe->front.empty()) { TRY_ASSIGN(front, add_upstream(lists, name + ".front", stack.frappe->front)); }
    lists.stacks.push_back({{"stack", name}});
    lists.sides.push_back({{"side", name}, {"name", front}});
    lists.sides.push_back({{"side", "api." + name}, {"name", name}});
    if (stack.frappe) TRY(add_site(lists, stack, domain));
  }
  if (lists.stacks.empty()) return fail(ErrorCode::config_invalid, "no stack has an upstream for nginx");
  return lists;
}

Result<std::string> render_doors(const std::string& dir) {
  if (dir.size() + std::string_view("/status.sock").size() > k_max_socket_path) {
    return fail(ErrorCode::config_invalid, fmt::format("nginx path \"{}\" is too long for the socket in it", dir));
  }
  return render_part("templates/nginx/doors.conf", {{"dir", dir}});
}

/// The names that a tenant's server has besides its own.
std::string domains_pattern(const std::string& dir, const TenantSlug& slug) { return fmt::format("{}/domains/{}/*.conf", dir, slug.str()); }

std::string escaped_for_pattern(std::string_view domain) {
  std::string pattern;
  for (const char c : domain) pattern += c == '.' ? std::string("\\.") : std::string(1, c);
  return pattern;
}

/// The body of a server of mode routes; `host` is the variable with the host whose files say what becomes of a request.
Result<std::string> render_routes_server(const std::string& dir, const std::string& host, const RouteLists& lists) {
  const bool has_sites = !lists.sites.empty();
  const TemplateValue site = has_sites ? "$tenantctl_site" : "\"\"";
  const auto proxy_to = [&](const char* upstream) {
    return render_part("templates/nginx/proxy.conf",
                       {{"host", host}, {"tenant", "$tenantctl_slug"}, {"site", site}, {"upstream", upstream}});
  };
  TRY_ASSIGN(auto proxy, proxy_to("$tenantctl_upstream"));
  TRY_ASSIGN(auto socket_proxy, proxy_to("$tenantctl_socketio"));
  return render_part("templates/nginx/routes_server.conf", {{"dir", dir},
                                                            {"host", host},
                                                            {"stacks", lists.stacks},
                                                            {"has_sites", has_sites},
                                                            {"proxy", std::move(proxy)},
                                                            {"socket_proxy", std::move(socket_proxy)}});
}

Result<std::string> render_routes(const NginxSettings& nginx, const std::string& dir, const HostName& domain,
                                  const std::map<std::string, StackSettings>& stacks) {
  TRY_ASSIGN(auto entrance, entrance_of(nginx, dir));
  TRY_ASSIGN(auto lists, route_lists(stacks, domain));
  TRY_ASSIGN(auto common, render_include_common(nginx));
  TRY_ASSIGN(auto doors, render_doors(dir));
  TRY_ASSIGN(auto own_server, render_routes_server(dir, "$host", lists));
  TRY_ASSIGN(auto custom_server, render_routes_server(dir, "$tenantctl_front", lists));
  const bool has_sites = !lists.sites.empty();
  return render_embedded("templates/nginx/routes.conf", {{"dir", dir},
                                                         {"listen", std::move(entrance.listen)},
                                                         {"listen_tls", std::move(entrance.listen_tls)},
                                                         {"has_tls", nginx.tls.has_value()},
                                                         {"tls", std::move(entrance.tls)},
                                                         {"upstreams", std::move(lists.upstreams)},
                                                         {"sides", std::move(lists.sides)},
                                                         {"has_sites", has_sites},
                                                         {"sites", std::move(lists.sites)},
                                                         {"sockets", std::move(lists.sockets)},
                                                         {"folders", std::move(lists.folders)},
                                                         {"blocked", std::move(lists.blocked)},
                                                         {"common", std::move(common)},
                                                         {"doors", std::move(doors)},
                                                         {"own_server", std::move(own_server)},
                                                         {"custom_server", std::move(custom_server)},
                                                         {"domain_pattern", escaped_for_pattern(domain.str())}});
}

/// One of the two hosts of a tenant in mode server_block.
struct Side {
  HostName host;
  std::string upstream;
  std::optional<FrappeStack> frappe = {};    // where the site itself is served
  std::vector<TemplateValues> domains = {};  // where custom domains lead to
};

Result<std::string> render_server(const Entrance& entrance, const NginxSite& site, const Side& side) {
  const auto& frappe = side.frappe;
  const TemplateValue name = frappe ? "\"" + site.site + "\"" : std::string("\"\"");
  const auto proxy_to = [&](const std::string& url) -> Result<std::string> {
    TRY_ASSIGN(const auto address, check_upstream(url));
    return render_part("templates/nginx/proxy.conf",
                       {{"host", side.host.str()}, {"tenant", site.slug.str()}, {"site", name}, {"upstream", "http://" + address}});
  };
  TRY_ASSIGN(auto proxy, proxy_to(side.upstream));
  TRY_ASSIGN(auto socket_proxy, proxy_to(frappe && !frappe->socketio.empty() ? frappe->socketio : side.upstream));
  const bool has_files = frappe && !frappe->sites_dir.empty();
  std::string dir;
  if (has_files) { TRY_ASSIGN(dir, check_nginx_path(frappe->sites_dir)); }
  return render_part("templates/nginx/site_server.conf", {{"listen", entrance.listen},
                                                          {"listen_tls", entrance.listen_tls},
                                                          {"has_tls", !entrance.tls.empty()},
                                                          {"tls", entrance.tls},
                                                          {"host", side.host.str()},
                                                          {"domains", side.domains},
                                                          {"blocks_login", frappe && frappe->block_login},
                                                          {"has_files", has_files},
                                                          {"sites_dir", dir},
                                                          {"site", site.site},
                                                          {"has_sockets", frappe && !frappe->socketio.empty()},
                                                          {"socket_proxy", std::move(socket_proxy)},
                                                          {"proxy", std::move(proxy)}});
}

}  // namespace

Result<std::string> render_nginx_include(const NginxSettings& nginx, const std::string& domain,
                                         const std::map<std::string, StackSettings>& stacks) {
  TRY_ASSIGN(const auto dir, check_nginx_path(nginx.dir));
  const auto checked_domain = HostName::parse(domain);
  if (!checked_domain) return fail(ErrorCode::config_invalid, checked_domain.error().message);
  if (nginx.mode == NginxMode::routes) return render_routes(nginx, dir, *checked_domain, stacks);
  TRY_ASSIGN(auto common, render_include_common(nginx));
  TRY_ASSIGN(auto doors, render_doors(dir));
  TRY_ASSIGN(auto entrance, entrance_of(nginx, dir));
  TRY_ASSIGN(auto closed, render_part("templates/nginx/closed.conf", {{"listen", std::move(entrance.listen)},
                                                                      {"has_tls", nginx.tls.has_value()},
                                                                      {"listen_tls", std::move(entrance.listen_tls)}}));
  return render_embedded("templates/nginx/server_block.conf",
                         {{"dir", dir}, {"common", std::move(common)}, {"doors", std::move(doors)}, {"closed", std::move(closed)}});
}

Result<std::string> render_nginx_site(const NginxSettings& nginx, const NginxSite& site) {
  const bool own_front = site.frappe && !site.frappe->front.empty();
  TRY_ASSIGN(const auto dir, check_nginx_path(nginx.dir));
  Side front_side{.host = site.front,
                  .upstream = own_front ? site.frappe->front : site.upstream,
                  .domains = {TemplateValues{{"pattern", domains_pattern(dir, site.slug)}}}};
  if (!own_front) front_side.frappe = site.frappe;
  TRY_ASSIGN(const auto entrance, entrance_of(nginx, dir));
  TRY_ASSIGN(auto front, render_server(entrance, site, front_side));
  TRY_ASSIGN(auto back, render_server(entrance, site, {.host = site.back, .upstream = site.upstream, .frappe = site.frappe}));
  return render_embedded("templates/nginx/site.conf",
                         {{"header", ownership_header(site.tenant, site.slug)}, {"front", std::move(front)}, {"back", std::move(back)}});
}

Result<std::string> render_nginx_closed_site(const NginxSettings& nginx, const NginxSite& site, Closure why) {
  TRY_ASSIGN(const auto dir, check_nginx_path(nginx.dir));
  TRY_ASSIGN(auto entrance, entrance_of(nginx, dir));
  return render_embedded("templates/nginx/closed_site.conf", {{"header", ownership_header(site.tenant, site.slug)},
                                                              {"closure", nginx_name_of(why)},
                                                              {"listen", std::move(entrance.listen)},
                                                              {"listen_tls", std::move(entrance.listen_tls)},
                                                              {"has_tls", nginx.tls.has_value()},
                                                              {"tls", std::move(entrance.tls)},
                                                              {"front", site.front.str()},
                                                              {"back", site.back.str()},
                                                              {"pattern", domains_pattern(dir, site.slug)},
                                                              {"suspended", why == Closure::suspended},
                                                              {"moving", why == Closure::moving}});
}

std::string nginx_name_of(Closure why) { return why == Closure::suspended ? "suspended" : "moving"; }

std::optional<Closure> closure_of_site(std::string_view text) {
  if (!tenant_in_header(text)) return std::nullopt;
  const auto rest = text.substr(text.find('\n') + 1);
  for (const auto why : k_closures) {
    if (rest.starts_with("# " + nginx_name_of(why) + "\n")) return why;
  }
  return std::nullopt;
}

Result<std::string> render_nginx_domain(NginxMode mode, const NginxDomain& domain) {
  const auto header = ownership_header(domain.tenant, domain.slug);
  if (mode == NginxMode::server_block)
    return render_embedded("templates/nginx/domain.conf", {{"header", header}, {"host", domain.host.str()}});
  return render_embedded("templates/nginx/domain.map", {{"header", header}, {"host", domain.host.str()}, {"front", domain.front.str()}});
}

std::filesystem::path nginx_domain_file(NginxMode mode, const std::filesystem::path& dir, const TenantSlug& slug, const HostName& host) {
  return dir / "domains" / slug.str() / (host.str() + (mode == NginxMode::routes ? ".map" : ".conf"));
}

Result<std::string> render_nginx_candidate(const std::filesystem::path& folder) {
  TRY_ASSIGN(const auto dir, check_nginx_path(folder));
  TRY_ASSIGN(auto common, render_common());
  return render_embedded("templates/nginx/candidate.conf", {{"dir", dir}, {"common", std::move(common)}});
}

Result<std::string> render_nginx_generation(std::string_view generation) {
  const bool is_word =
      !generation.empty() && std::ranges::all_of(generation, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  if (!is_word) return fail(ErrorCode::config_invalid, fmt::format("nginx generation \"{}\" is not a word of a-z and 0-9", generation));
  return render_embedded("templates/nginx/generation.conf", {{"generation", generation}});
}

std::string generation_in(std::string_view text) {
  constexpr std::string_view k_before = "default \"";
  const auto begin = text.find(k_before);
  if (begin == std::string_view::npos) return {};
  const auto word = text.substr(begin + k_before.size());
  return std::string(word.substr(0, std::min(word.find('"'), word.size())));
}

std::string ownership_header(const TenantId& tenant, const TenantSlug& slug) {
  return fmt::format("{}{} slug={}", k_header_begin, tenant.str(), slug.str());
}

std::optional<TenantId> tenant_in_header(std::string_view text) {
  if (!text.starts_with(k_header_begin)) return std::nullopt;
  const auto rest = text.substr(k_header_begin.size());
  if (!rest.substr(std::min(k_uuid_length, rest.size())).starts_with(" slug=")) return std::nullopt;
  auto id = TenantId::parse(rest.substr(0, k_uuid_length));
  if (!id) return std::nullopt;
  return std::move(*id);
}

}  // namespace tenantctl
