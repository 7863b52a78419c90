#include "adapters/nginx/nginx_inventory.hpp"

#include "adapters/nginx/owned_files.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

Result<std::vector<fs::path>> folders_to_look_through(SiteHost& host, const fs::path& dir) {
  std::vector<fs::path> folders{dir, dir / ".candidate", dir / "sites", dir / "certs"};
  std::vector<std::string> parents{"routes", "domains"};
  for (const auto why : k_closures) parents.push_back(nginx_name_of(why));
  for (const auto& parent : parents) {
    folders.push_back(dir / parent);
    TRY_ASSIGN(const auto names, host.folders_in(dir / parent));
    for (const auto& name : names) folders.push_back(dir / parent / name);
  }
  return folders;
}

/// A custom domain's file is DIR/domains/SLUG/HOST.map or .conf.
ThingKind kind_of(const fs::path& dir, const fs::path& file) {
  if (file.parent_path() == dir / "certs") return ThingKind::certificate_file;
  return file.parent_path().parent_path() == dir / "domains" ? ThingKind::domain_file : ThingKind::route_file;
}

}  // namespace

Result<std::vector<Thing>> nginx_inventory(SiteHost& host, const fs::path& dir) {
  std::vector<Thing> things;
  TRY_ASSIGN(const auto folders, folders_to_look_through(host, dir));
  TRY_ASSIGN(const auto files, host.marked_files(folders));
  for (const auto& file : files) {
    if (file.first_line.empty()) things.push_back({.kind = ThingKind::temporary_file, .name = file.path.string()});
    else if (const auto tenant = tenant_in_header(file.first_line + "\n"))
      things.push_back({.kind = kind_of(dir, file.path), .name = file.path.string(), .tenant = tenant});
  }
  return things;
}

Result<void> remove_inventoried(SiteHost& host, const fs::path& dir, const Thing& file) {
  const fs::path path = file.name;
  TRY_ASSIGN(const auto entry, host.enter(dir, Sharing::shared));
  if (!file.tenant) return entry->remove_temporary(path);
  TRY_ASSIGN(const auto observed, observe_owned_files(host, {&path, 1}, *file.tenant));
  TRY(refuse_foreign(observed));
  return observed.presence == Presence::absent ? Result<void>() : entry->remove_files({&path, 1});
}

}  // namespace tenantctl
