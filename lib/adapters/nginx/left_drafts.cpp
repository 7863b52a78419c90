#include "adapters/nginx/left_drafts.hpp"

#include "adapters/files/draft_name.hpp"

namespace tenantctl {

Result<void> remove_left_drafts(SiteHost& host, SiteEntry& entry, std::span<const std::filesystem::path> files) {
  std::vector<std::filesystem::path> drafts;
  for (const auto& file : files) drafts.push_back(draft_name(file));
  TRY_ASSIGN(const auto texts, host.read_files(drafts));
  std::vector<std::filesystem::path> left;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (texts[i]) left.push_back(drafts[i]);
  }
  return left.empty() ? Result<void>() : entry.remove_files(left);
}

}  // namespace tenantctl
