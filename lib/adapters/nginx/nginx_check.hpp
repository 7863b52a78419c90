// Runs `nginx -t` and reads what it says. It changes nothing and signals nobody.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "ports/shell.hpp"

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
  NginxCheck(NginxSettings settings, Shell& shell);

  /// The configuration that nginx would load now. Errors: process_failed, timed_out.
  Result<NginxVerdict> present() const;
  /// The tenant's file `text` and nothing else, in a scratch configuration. Errors: config_invalid, disk_full, io_failed,
  /// permission_denied, process_failed, timed_out.
  Result<NginxVerdict> candidate(const std::string& text) const;

 private:
  Result<NginxVerdict> run(const std::filesystem::path& prefix, const std::filesystem::path& conf) const;

  NginxSettings settings_;
  Shell& shell_;
};

}  // namespace tenantctl
