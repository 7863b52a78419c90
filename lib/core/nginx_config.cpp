#include "core/nginx_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/nginx_values.hpp"
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

Result<std::vector<TemplateValues>> listen_values(const NginxSettings& nginx) {
  if (nginx.listen.empty()) return fail(ErrorCode::config_invalid, "nginx has no listen address");
  std::vector<TemplateValues> list;
  for (const auto& text : nginx.listen) {
    TRY_ASSIGN(const auto address, check_listen(text));
    list.push_back({{"address", address}});
  }
  return list;
}

/// Upstreams that are blocks of our own need no resolver, even though the name is a variable.
Result<std::vector<TemplateValues>> stack_values(const std::map<std::string, StackSettings>& stacks) {
  std::vector<TemplateValues> list;
  for (const auto& [key, stack] : stacks) {
    if (stack.upstream.empty()) continue;
    TRY_ASSIGN(const auto address, check_upstream(stack.upstream));
    list.push_back({{"stack", stack.name.str()}, {"address", address}});
  }
  if (list.empty()) return fail(ErrorCode::config_invalid, "no stack has an upstream for nginx");
  return list;
}

Result<std::string> render_doors(const NginxSettings& nginx, const std::string& dir) {
  if (dir.size() + std::string_view("/status.sock").size() > k_max_socket_path) {
    return fail(ErrorCode::config_invalid, fmt::format("nginx path \"{}\" is too long for the socket in it", dir));
  }
  TRY_ASSIGN(auto listen, listen_values(nginx));
  return render_part("templates/nginx/doors.conf", {{"dir", dir}, {"listen", std::move(listen)}});
}

std::string escaped_for_pattern(std::string_view domain) {
  std::string pattern;
  for (const char c : domain) pattern += c == '.' ? std::string("\\.") : std::string(1, c);
  return pattern;
}

Result<std::string> render_routes(const NginxSettings& nginx, const std::string& dir, const HostName& domain,
                                  const std::map<std::string, StackSettings>& stacks) {
  TRY_ASSIGN(auto listen, listen_values(nginx));
  TRY_ASSIGN(auto stack_list, stack_values(stacks));
  TRY_ASSIGN(auto common, render_common());
  TRY_ASSIGN(auto doors, render_doors(nginx, dir));
  TRY_ASSIGN(auto proxy, render_part("templates/nginx/proxy.conf", {{"tenant", "$tenantctl_slug"}, {"upstream", "$tenantctl_upstream"}}));
  return render_embedded("templates/nginx/routes.conf", {{"dir", dir},
                                                         {"listen", std::move(listen)},
                                                         {"stacks", std::move(stack_list)},
                                                         {"common", std::move(common)},
                                                         {"doors", std::move(doors)},
                                                         {"proxy", std::move(proxy)},
                                                         {"domain_pattern", escaped_for_pattern(domain.str())}});
}

}  // namespace

Result<std::string> render_nginx_include(const NginxSettings& nginx, const std::string& domain,
                                         const std::map<std::string, StackSettings>& stacks) {
  TRY_ASSIGN(const auto dir, check_nginx_path(nginx.dir));
  const auto checked_domain = HostName::parse(domain);
  if (!checked_domain) return fail(ErrorCode::config_invalid, checked_domain.error().message);
  if (nginx.mode == NginxMode::routes) return render_routes(nginx, dir, *checked_domain, stacks);
  TRY_ASSIGN(auto common, render_common());
  TRY_ASSIGN(auto doors, render_doors(nginx, dir));
  return render_embedded("templates/nginx/server_block.conf", {{"dir", dir}, {"common", std::move(common)}, {"doors", std::move(doors)}});
}

Result<std::string> render_nginx_site(const NginxSettings& nginx, const NginxSite& site) {
  TRY_ASSIGN(auto listen, listen_values(nginx));
  TRY_ASSIGN(const auto upstream, check_upstream(site.upstream));
  TRY_ASSIGN(auto proxy, render_part("templates/nginx/proxy.conf", {{"tenant", site.slug.str()}, {"upstream", "http://" + upstream}}));
  return render_embedded("templates/nginx/site.conf", {{"header", ownership_header(site.tenant, site.slug)},
                                                       {"listen", std::move(listen)},
                                                       {"front", site.front.str()},
                                                       {"back", site.back.str()},
                                                       {"proxy", std::move(proxy)}});
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
