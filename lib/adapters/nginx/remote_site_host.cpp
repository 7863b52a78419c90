#include "adapters/nginx/remote_site_host.hpp"

#include "adapters/files/random_word.hpp"
#include "adapters/nginx/remote_nginx.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

/// Gives a lease back when it ends; where that fails, the lease runs out by itself.
class RemoteEntry : public SiteEntry {
 public:
  RemoteEntry(RemoteFiles& files, RemoteFiles::Place place) : files_(files), place_(std::move(place)) {}
  RemoteEntry(const RemoteEntry&) = delete;
  RemoteEntry& operator=(const RemoteEntry&) = delete;
  ~RemoteEntry() override {
    if (!place_.lease.empty()) files_.release(place_.dir, place_.lease);
  }

  Result<void> create_files(std::span<const FileContent> files) override { return files_.create_files(place_, files); }
  Result<void> replace_file(const FileContent& file) override { return files_.replace_file(place_, file); }
  Result<void> remove_files(std::span<const fs::path> files) override { return files_.remove_files(place_, files); }
  Result<void> remove_temporary(const fs::path& draft) override { return files_.remove_draft(place_, draft); }
  Result<void> remove_folder(const fs::path& folder) override { return files_.remove_folder(place_, folder); }

 private:
  RemoteFiles& files_;
  RemoteFiles::Place place_;
};

}  // namespace

Result<std::unique_ptr<SiteEntry>> RemoteSiteHost::enter(const fs::path& dir, Sharing at_most) {
  TRY(files_.confirm());
  RemoteFiles::Place place{.dir = dir};
  if (at_most == Sharing::exclusive) {
    place.lease = random_word();
    TRY(files_.hold(dir, place.lease));
  }
  return std::make_unique<RemoteEntry>(files_, std::move(place));
}

Result<bool> RemoteSiteHost::has_folder(const fs::path& folder) {
  TRY_ASSIGN(const auto texts, files_.read_files({&folder, 1}));
  return texts.front().has_value();
}

Result<std::unique_ptr<NginxProcess>> RemoteSiteHost::find_nginx(const fs::path& pid_file) {
  return find_remote_nginx(name_, shell_, pid_file);
}

Result<std::string> RemoteSiteHost::served_generation(const fs::path& status_socket) {
  return remote_generation(name_, shell_, status_socket);
}

}  // namespace tenantctl
