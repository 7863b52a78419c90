#include "adapters/nginx/nginx_folder.hpp"

#include "adapters/files/random_word.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

Result<void> bring_to(SiteHost& host, SiteEntry& entry, const fs::path& file, const std::string& text) {
  TRY_ASSIGN(const auto present, read_small_file(host, file));
  if (present == text) return {};
  return entry.replace_file({.path = file, .text = text, .mode = 0644, .owner = FileOwner::of_folder});
}

Result<void> create_generation(SiteHost& host, SiteEntry& entry, const fs::path& file) {
  TRY_ASSIGN(const auto present, read_small_file(host, file));
  if (present) return {};
  TRY_ASSIGN(const auto text, render_nginx_generation(random_word()));
  return entry.replace_file({.path = file, .text = text, .mode = 0644, .owner = FileOwner::of_folder});
}

}  // namespace

Result<fs::path> prepare_nginx_folder(SiteHost& host, const NginxSettings& nginx, const std::string& domain,
                                      const std::map<std::string, StackSettings>& stacks) {
  TRY_ASSIGN(const auto include, render_nginx_include(nginx, domain, stacks));
  for (const auto* name : {"sites", "routes", "domains"}) TRY(host.create_folder(nginx.dir / name, 0755, FileOwner::of_folder));
  for (const auto why : k_closures) TRY(host.create_folder(nginx.dir / nginx_name_of(why), 0755, FileOwner::of_folder));
  for (const auto& [name, stack] : stacks) TRY(host.create_folder(nginx.dir / "routes" / stack.name.str(), 0755, FileOwner::of_folder));
  TRY_ASSIGN(const auto entry, host.enter(nginx.dir, nginx.mode == NginxMode::server_block ? Sharing::exclusive : Sharing::shared));
  TRY(create_generation(host, *entry, nginx.dir / "generation.conf"));
  const auto file = nginx.dir / "tenantctl.conf";
  TRY(bring_to(host, *entry, file, include));
  return file;
}

}  // namespace tenantctl
