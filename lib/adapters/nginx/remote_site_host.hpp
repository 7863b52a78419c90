// nginx on another host, over a shell there: files by RemoteFiles, nginx by remote_nginx.hpp. No lock can be held from here,
// so changes that exclude each other hold the folder by a lease, and every change is fenced on the host itself.
#pragma once
#include "adapters/files/remote_files.hpp"
#include "adapters/nginx/site_host.hpp"

namespace tenantctl {

class RemoteSiteHost : public SiteHost {
 public:
  /// `name` is how messages call the host. `shell` must outlive this.
  RemoteSiteHost(std::string name, Shell& shell, std::chrono::milliseconds patience)
      : name_(name), shell_(shell), files_(std::move(name), shell, patience) {}

  void begin(const Claim& claim) override { files_.begin(claim); }
  Result<void> confirm() override { return files_.confirm(); }
  Result<void> settle(const std::filesystem::path& dir) override { return files_.settle(dir); }
  Result<std::unique_ptr<SiteEntry>> enter(const std::filesystem::path& dir, Sharing at_most) override;

  Result<void> create_folder(const std::filesystem::path& folder, mode_t mode, FileOwner owner) override {
    return files_.create_folder(folder, mode, owner);
  }
  Result<void> check_writable(const std::filesystem::path& folder) override { return files_.check_writable(folder); }
  Result<bool> has_folder(const std::filesystem::path& folder) override;
  Result<std::vector<std::optional<std::string>>> read_files(std::span<const std::filesystem::path> files) override {
    return files_.read_files(files);
  }
  Result<std::vector<std::string>> folders_in(const std::filesystem::path& folder) override { return files_.folders_in(folder); }
  Result<std::vector<MarkedFile>> marked_files(std::span<const std::filesystem::path> folders) override {
    return files_.marked_files(folders);
  }

  Result<std::unique_ptr<NginxProcess>> find_nginx(const std::filesystem::path& pid_file) override;
  Result<std::string> served_generation(const std::filesystem::path& status_socket) override;
  Shell& shell() override { return shell_; }

 private:
  std::string name_;
  Shell& shell_;
  RemoteFiles files_;
};

}  // namespace tenantctl
