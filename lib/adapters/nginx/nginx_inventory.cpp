#include "adapters/nginx/nginx_inventory.hpp"

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/leftover_files.hpp"
#include "adapters/nginx/owned_files.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> folders_in(const fs::path& dir) {
  std::vector<fs::path> folders{dir, dir / ".candidate", dir / "sites"};
  for (const auto* parent : {"routes", "suspended"}) {
    folders.push_back(dir / parent);
    std::error_code error;
    for (fs::directory_iterator entry(dir / parent, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code gone;
      if (entry->is_directory(gone)) folders.push_back(entry->path());
    }
  }
  return folders;
}

}  // namespace

Result<std::vector<Thing>> nginx_inventory(const fs::path& dir) {
  std::vector<Thing> things;
  for (const auto& folder : folders_in(dir)) {
    TRY_ASSIGN(const auto files, files_in(folder));
    for (const auto& file : files) {
      if (is_abandoned_temporary(file)) things.push_back({.kind = ThingKind::temporary_file, .name = file.string()});
      TRY_ASSIGN(const auto text, read_small_file(file));
      // A draft has the header too; it is a temporary file and no route.
      if (file.filename().string().starts_with('.')) continue;
      if (const auto tenant = text ? tenant_in_header(*text) : std::nullopt) things.push_back({.kind = ThingKind::route_file, .name = file.string(), .tenant = tenant});
    }
  }
  return things;
}

Result<void> remove_inventoried(const Thing& file) {
  const fs::path path = file.name;
  if (!file.tenant) return remove_temporary(path);
  TRY_ASSIGN(const auto observed, observe_owned_files({&path, 1}, *file.tenant));
  TRY(refuse_foreign(observed));
  return observed.presence == Presence::absent ? Result<void>() : remove_file(path);
}

}  // namespace tenantctl
