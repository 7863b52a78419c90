// The text of every nginx file that tenantctl writes, rendered from templates/nginx/. Pure: values in, text out. A value
// that could leave its place in nginx's syntax is refused by its form, because `nginx -t` would pass what it smuggles in.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/closure.hpp"
#include "core/names.hpp"
#include "core/result.hpp"
#include "core/settings.hpp"

namespace tenantctl {

/// What nginx's http block includes once, in the mode that the settings say. `domain` is the one below which tenants live.
/// Errors: config_invalid (a value that nginx's syntax could not hold), template_invalid.
Result<std::string> render_nginx_include(const NginxSettings& nginx, const std::string& domain,
                                         const std::map<std::string, StackSettings>& stacks);

/// One tenant's file in mode server_block.
struct NginxSite {
  TenantId tenant;
  TenantSlug slug;
  HostName front;
  HostName back;
  std::string upstream;                    // "http://127.0.0.1:3000"
  std::optional<FrappeStack> frappe = {};  // of the tenant's stack, where it has a whole site
  std::string site = {};                   // that site's name
};
/// Errors: config_invalid, template_invalid.
Result<std::string> render_nginx_site(const NginxSettings& nginx, const NginxSite& site);

/// The same file while visitors are kept out: one answer to everything. Needs no upstream. Errors: config_invalid, template_invalid.
Result<std::string> render_nginx_closed_site(const NginxSettings& nginx, const NginxSite& site, Closure why);
/// What the closure is called in such a text, and mode routes' folder of files that close.
std::string nginx_name_of(Closure why);
/// Of such a text; nothing where it is another.
std::optional<Closure> closure_of_site(std::string_view text);

/// One custom domain of a tenant, in a file of its own: a line of a map in mode routes, one more name of the tenant's server in
/// mode server_block.
struct NginxDomain {
  TenantId tenant;
  TenantSlug slug;
  HostName front;
  HostName host;
};
/// Errors: template_invalid.
Result<std::string> render_nginx_domain(NginxMode mode, const NginxDomain& domain);
/// Where nginx looks for it, below the `dir` of the day.
std::filesystem::path nginx_domain_file(NginxMode mode, const std::filesystem::path& dir, const TenantSlug& slug, const HostName& host);

/// A main configuration that holds only `folder`/site.conf. Errors: config_invalid, template_invalid.
Result<std::string> render_nginx_candidate(const std::filesystem::path& folder);

/// What `dir`/generation.conf says; `generation` is a word of letters and digits. Errors: config_invalid, template_invalid.
Result<std::string> render_nginx_generation(std::string_view generation);
/// The word in such a text; empty where it is none.
std::string generation_in(std::string_view text);

/// "# tenantctl tenant=UUID slug=SLUG": the first line of every tenant's file, and the proof of whose it is.
std::string ownership_header(const TenantId& tenant, const TenantSlug& slug);
/// The tenant named by the first line of a file's text; nothing where it is nobody's of ours.
std::optional<TenantId> tenant_in_header(std::string_view text);

}  // namespace tenantctl
