// Brings files of nginx's configuration to new texts: tested before and after, reloaded, confirmed, and put back where nginx
// does not take them. It changes nothing while somebody else's file makes nginx refuse its present configuration. What
// several threads want at the same time is made as one.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "adapters/nginx/nginx_check.hpp"
#include "adapters/nginx/reload_group.hpp"
#include "core/settings.hpp"

namespace tenantctl {

class ReloadedFiles {
 public:
  using Plan = std::function<Result<std::vector<FileChange>>()>;

  /// `host` must outlive this. `group`: shared by the threads whose changes may be made together, on a host where that is possible.
  ReloadedFiles(NginxSettings settings, SiteHost& host, std::shared_ptr<ReloadGroup> group)
      : settings_(std::move(settings)), host_(host), check_(settings_, host), group_(std::move(group)) {}

  /// Whether nginx serves everything that was changed last; false where it can't be asked.
  Result<bool> is_in_force() const;

  /// Enters the folder and makes the changes that `plan` finds there, all or none; in force when it returns. Nothing to change and all
  /// in force: success without a reload. Where nginx does not run, files are only removed: what is removed is not served. Errors:
  /// as `plan`, SiteHost::enter, and nginx_rejected, nginx_unconfirmed, nginx_unreachable, process_failed, timed_out, disk_full,
  /// io_failed, permission_denied.
  Result<void> change(const std::filesystem::path& dir, Plan plan) const;

 private:
  Result<void> bring(SiteEntry& entry, const std::vector<FileChange>& changes) const;
  Result<bool> nothing_is_due(const std::vector<FileChange>& changes) const;
  Result<void> remove_drafts_of(SiteEntry& entry, const std::vector<FileChange>& changes) const;
  Result<void> test_present(const std::vector<FileChange>& changes, NginxVerdict& verdict) const;
  Result<void> test_candidates(SiteEntry& entry, const std::vector<FileChange>& changes) const;
  Result<void> make(SiteEntry& entry, const std::vector<FileChange>& changes, NginxProcess& nginx, const NginxVerdict& before) const;
  Result<void> test_installed(const NginxVerdict& before) const;
  Result<void> restore(SiteEntry& entry, const std::vector<FileChange>& changes, const FileChange::Text& generation_text) const;
  std::filesystem::path generation_file() const { return settings_.dir / "generation.conf"; }
  std::filesystem::path status_socket() const { return settings_.dir / "status.sock"; }

  NginxSettings settings_;
  SiteHost& host_;
  NginxCheck check_;
  std::shared_ptr<ReloadGroup> group_;
};

}  // namespace tenantctl
