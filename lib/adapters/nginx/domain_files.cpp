#include "adapters/nginx/domain_files.hpp"

#include "adapters/nginx/owned_files.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {

namespace fs = std::filesystem;

Result<std::string> text_of_domain(NginxMode mode, const DomainRoute& domain) {
  const auto& route = domain.route;
  return render_nginx_domain(mode, {.tenant = route.tenant, .slug = route.slug, .front = route.front, .host = domain.host});
}

Result<FileChange> change_of(SiteHost& host, const fs::path& file, const TenantId& tenant, FileChange::Text after) {
  TRY_ASSIGN(auto texts, host.read_files({&file, 1}));
  TRY(refuse_foreign(judge_owned_files({&file, 1}, texts, tenant)));
  return FileChange{.file = file, .before = std::move(texts.front()), .after = std::move(after)};
}

Result<Observed> observe_domain_file(SiteHost& host, const ReloadedFiles& files, NginxMode mode, const DomainRoute& domain) {
  TRY_ASSIGN(const auto texts, host.read_files({&domain.file, 1}));
  auto observed = judge_owned_files({&domain.file, 1}, texts, domain.route.tenant);
  if (observed.presence == Presence::foreign) return observed;
  if (observed.presence == Presence::absent) return observed;
  TRY_ASSIGN(const bool in_force, files.is_in_force());
  TRY_ASSIGN(const auto wanted, text_of_domain(mode, domain));
  if (!in_force || texts.front() != wanted) observed.presence = Presence::partial;
  return observed;
}

Result<std::vector<FileChange>> removals_of_domains(SiteHost& host, const fs::path& dir, const Route& route) {
  const std::vector<fs::path> folders{dir / "domains" / route.slug.str()};
  TRY_ASSIGN(const auto files, host.marked_files(folders));
  std::vector<FileChange> removals;
  for (const auto& file : files) {
    if (tenant_in_header(file.first_line + "\n") != route.tenant) continue;
    TRY_ASSIGN(auto change, change_of(host, file.path, route.tenant, {}));
    removals.push_back(std::move(change));
  }
  return removals;
}

Result<void> take_away(SiteHost& host, const ReloadedFiles& files, const fs::path& dir, const fs::path& file, const TenantId& tenant) {
  return files.change(dir, [&]() -> Result<std::vector<FileChange>> {
    TRY_ASSIGN(auto change, change_of(host, file, tenant, {}));
    return std::vector{std::move(change)};
  });
}

}  // namespace tenantctl
