// nginx on this machine: files by system calls, the folder's lock held while a change lasts, nginx known by its process.
#pragma once
#include "adapters/files/file_gate.hpp"
#include "adapters/nginx/site_host.hpp"

namespace tenantctl {

class LocalSiteHost : public SiteHost {
 public:
  /// `patience`: how long another process in the folder is waited for. `shell` must outlive this.
  LocalSiteHost(Shell& shell, std::chrono::milliseconds patience) : shell_(shell), gate_(patience) {}

  void begin(const Claim& claim) override { gate_.begin(claim); }
  Result<void> confirm() override { return gate_.confirm(); }
  /// Nothing is on its way: who comes late asks the control database inside the lock.
  Result<void> settle(const std::filesystem::path&) override { return {}; }
  Result<std::unique_ptr<SiteEntry>> enter(const std::filesystem::path& dir, Sharing at_most) override;

  Result<void> create_folder(const std::filesystem::path& folder, mode_t mode, FileOwner owner) override;
  Result<void> check_writable(const std::filesystem::path& folder) override;
  Result<bool> has_folder(const std::filesystem::path& folder) override;
  Result<std::vector<std::optional<std::string>>> read_files(std::span<const std::filesystem::path> files) override;
  Result<std::vector<std::string>> folders_in(const std::filesystem::path& folder) override;
  Result<std::vector<MarkedFile>> marked_files(std::span<const std::filesystem::path> folders) override;

  Result<std::unique_ptr<NginxProcess>> find_nginx(const std::filesystem::path& pid_file) override;
  Result<std::string> served_generation(const std::filesystem::path& status_socket) override;
  Shell& shell() override { return shell_; }

 private:
  Shell& shell_;
  FileGate gate_;
};

}  // namespace tenantctl
