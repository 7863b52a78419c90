// Runs `nginx -t` and reads what it says. It changes nothing and signals nobody.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/nginx/site_host.hpp"
#include "core/settings.hpp"

namespace tenantctl {

struct NginxVerdict {
  bool accepted = false;
  std::vector<std::string> words;  // nginx's own lines: [emerg] and [crit] where it refused, and every [warn]
  std::filesystem::path blamed;    // the file that the refusal names; empty where it names none
  std::string place;               // "FILE:LINE" of the same
};

/// Reads the output of `nginx -t`; pure.
NginxVerdict read_nginx_verdict(const ShellOutcome& outcome);

class NginxCheck {
 public:
  NginxCheck(NginxSettings settings, SiteHost& host) : settings_(std::move(settings)), host_(host) {}

  /// The configuration that nginx would load now. Errors: process_failed, timed_out.
  Result<NginxVerdict> present() const;
  /// The tenant's file `text` and nothing else, in a scratch configuration. Errors: config_invalid, disk_full, io_failed,
  /// permission_denied, process_failed, timed_out.
  Result<NginxVerdict> candidate(SiteEntry& entry, const std::string& text) const;

 private:
  Result<NginxVerdict> run(const std::filesystem::path& prefix, const std::filesystem::path& conf) const;

  NginxSettings settings_;
  SiteHost& host_;
};

}  // namespace tenantctl
