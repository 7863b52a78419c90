#include "adapters/nginx/local_site_host.hpp"

#include "adapters/files/leftover_files.hpp"
#include "adapters/files/writable.hpp"
#include "adapters/nginx/nginx_master.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

class LocalEntry : public SiteEntry {
 public:
  explicit LocalEntry(FolderLock lock) : lock_(std::move(lock)) {}
  Result<void> create_files(std::span<const FileContent> files) override { return tenantctl::create_files(files); }
  Result<void> replace_file(const FileContent& file) override { return tenantctl::replace_file(file); }
  Result<void> remove_files(std::span<const fs::path> files) override { return tenantctl::remove_files(files); }
  Result<void> remove_temporary(const fs::path& draft) override { return tenantctl::remove_temporary(draft); }
  Result<void> remove_folder(const fs::path& folder) override {
    std::error_code error;
    fs::remove_all(folder, error);
    if (error) return fail(file_error("remove", folder, error.value()));
    return {};
  }

 private:
  FolderLock lock_;
};

}  // namespace

Result<std::unique_ptr<SiteEntry>> LocalSiteHost::enter(const fs::path& dir, Sharing at_most) {
  TRY_ASSIGN(auto lock, gate_.enter(dir, at_most));
  return std::make_unique<LocalEntry>(std::move(lock));
}

Result<void> LocalSiteHost::create_folder(const fs::path& folder, mode_t mode, FileOwner owner) {
  return tenantctl::create_folder(folder, mode, owner);
}

Result<void> LocalSiteHost::check_writable(const fs::path& folder) { return check_folder_writable(folder); }

Result<bool> LocalSiteHost::has_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder, ignored);
}

Result<std::vector<std::optional<std::string>>> LocalSiteHost::read_files(std::span<const fs::path> files) {
  std::vector<std::optional<std::string>> texts;
  for (const auto& file : files) {
    TRY_ASSIGN(auto text, tenantctl::read_small_file(file));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<std::vector<std::string>> LocalSiteHost::folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (entry->is_directory(gone)) names.push_back(entry->path().filename());
  }
  return names;
}

Result<std::vector<MarkedFile>> LocalSiteHost::marked_files(std::span<const fs::path> folders) {
  std::vector<MarkedFile> marked;
  for (const auto& folder : folders) {
    TRY_ASSIGN(const auto files, files_in(folder));
    for (const auto& file : files) {
      if (is_abandoned_temporary(file)) marked.push_back({.path = file});
      TRY_ASSIGN(const auto text, tenantctl::read_small_file(file));
      // A draft has the header too; it is a temporary file and no route.
      if (!text || !text->starts_with("# tenantctl ") || file.filename().string().starts_with('.')) continue;
      marked.push_back({.path = file, .first_line = text->substr(0, text->find('\n'))});
    }
  }
  return marked;
}

Result<std::unique_ptr<NginxProcess>> LocalSiteHost::find_nginx(const fs::path& pid_file) {
  TRY_ASSIGN(auto master, NginxMaster::find(pid_file));
  return std::make_unique<NginxMaster>(std::move(master));
}

Result<std::string> LocalSiteHost::served_generation(const fs::path& status_socket) { return tenantctl::served_generation(status_socket); }

}  // namespace tenantctl
