// Certificates by certbot, which runs on nginx's host: by a program that is sent there, as ADR 24 says.
#pragma once
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "ports/certificate_issuer.hpp"
#include "ports/shell.hpp"

namespace tenantctl {

class Certbot : public CertificateIssuer {
 public:
  /// `host` is where nginx runs, and is referred to. `prover`, with a word "put" or "take" behind it, shows a proof in the zone; it is
  /// needed for that challenge alone, and then `host` is this machine.
  Certbot(TlsSettings settings, Shell& host, std::vector<std::string> prover = {})
      : settings_(std::move(settings)), host_(host), prover_(std::move(prover)) {}

  Result<Instant> issue(const CertificateOrder& order, bool fresh, std::chrono::milliseconds limit) override;
  Result<void> hide(const CertificateOrder& order) override;
  Result<Observed> observe(const CertificateOrder& order) override;
  Result<bool> give_up(const CertificateOrder& order) override;
  Result<std::vector<std::string>> names(const CertificatePlace& place) override;

 private:
  TlsSettings settings_;
  Shell& host_;
  std::vector<std::string> prover_;
};

/// What each is sent to the host as, for tests.
ShellCommand certbot_issue_command(const TlsSettings& settings, const CertificateOrder& order, bool fresh,
                                   const std::vector<std::string>& prover = {});
ShellCommand certbot_removal_command(const TlsSettings& settings, const CertificateOrder& order);

}  // namespace tenantctl
