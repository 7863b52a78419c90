// Brings files of nginx's configuration to new texts: tested before and after, reloaded, confirmed, and put back where nginx
// does not take them. It changes nothing while somebody else's file makes nginx refuse its present configuration.
#pragma once
#include <optional>
#include <vector>

#include "adapters/nginx/nginx_check.hpp"
#include "core/settings.hpp"

namespace tenantctl {

struct FileChange {
  using Text = std::optional<std::string>;  // nothing: the file is absent, or is to be
  std::filesystem::path file;
  Text before = {};
  Text after = {};
  bool stands_alone = false;  // nginx can be shown it by itself before it is installed
};

class ReloadedFiles {
 public:
  /// `host` must outlive this.
  ReloadedFiles(NginxSettings settings, SiteHost& host) : settings_(std::move(settings)), host_(host), check_(settings_, host) {}

  /// Whether nginx serves everything that was changed last; false where it can't be asked.
  Result<bool> is_in_force() const;

  /// All of the changes or none, in force when it returns; `before` is as the files are now, and `entry` excludes everybody
  /// else. Nothing to change and all in force: success without a reload. Where nginx does not run, files are only removed:
  /// what is removed is not served. Errors: nginx_rejected, nginx_unconfirmed, nginx_unreachable, process_failed, timed_out,
  /// disk_full, io_failed, permission_denied.
  Result<void> bring(SiteEntry& entry, const std::vector<FileChange>& changes) const;

 private:
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
};

}  // namespace tenantctl
