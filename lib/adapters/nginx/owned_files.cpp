#include "adapters/nginx/owned_files.hpp"

#include <fmt/format.h>

#include "adapters/files/atomic_file.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {

Result<Observed> observe_owned_files(std::span<const std::filesystem::path> files, const TenantId& tenant) {
  std::size_t ours = 0;
  for (const auto& file : files) {
    TRY_ASSIGN(const auto text, read_small_file(file));
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
