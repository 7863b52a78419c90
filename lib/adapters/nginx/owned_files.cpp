#include "adapters/nginx/owned_files.hpp"

#include <fmt/format.h>

#include "core/nginx_config.hpp"

namespace tenantctl {

Result<Observed> observe_owned_files(SiteHost& host, std::span<const std::filesystem::path> files, const TenantId& tenant) {
  TRY_ASSIGN(const auto texts, host.read_files(files));
  return judge_owned_files(files, texts, tenant);
}

Observed judge_owned_files(std::span<const std::filesystem::path> files, std::span<const std::optional<std::string>> texts,
                           const TenantId& tenant) {
  std::size_t ours = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& file = files[i];
    const auto& text = texts[i];
    if (!text) continue;
    const auto owner = tenant_in_header(*text);
    if (!owner) return Observed{Presence::foreign, fmt::format("\"{}\" exists and does not name a tenant of ours", file.native())};
    if (*owner != tenant)
      return Observed{Presence::foreign, fmt::format("\"{}\" exists and belongs to tenant {}", file.native(), owner->str())};
    ++ours;
  }
  if (ours == 0) return Observed{Presence::absent};
  return Observed{ours == files.size() ? Presence::complete : Presence::partial};
}

Result<void> refuse_foreign(const Observed& observed) {
  if (observed.presence == Presence::foreign) return fail(ErrorCode::foreign_object, observed.detail);
  return {};
}

}  // namespace tenantctl
