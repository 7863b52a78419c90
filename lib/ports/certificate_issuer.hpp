// Gets certificates from an authority and has nginx show them, all on nginx's host: keys never leave it.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "core/certificate.hpp"
#include "core/inventory.hpp"
#include "core/result.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

class CertificateIssuer {
 public:
  virtual ~CertificateIssuer() = default;
  // Errors of all: those of nginx's host; process_failed, where what is needed there is missing; permission_denied, disk_full.

  /// In force for the next visitor, when it returns; answers when it ends. Where one is there already it is taken, unless it is to be a
  /// fresh one. The hosts lead to nginx, which answers by http. It is broken off after `limit`.
  /// Errors: certificate_refused, by the authority; authority_unreachable; foreign_object, where nginx has a file of another's by that
  /// name; locked, by another that gets one; timed_out; state_conflict, where it was given up.
  virtual Result<Instant> issue(const CertificateOrder& order, bool fresh, std::chrono::milliseconds limit) = 0;
  /// Shown no more, but kept: the next issue() shows it again. Absent is success. Errors: locked.
  virtual Result<void> hide(const CertificateOrder& order) = 0;
  /// partial: some of its files are there.
  virtual Result<Observed> observe(const CertificateOrder& order) = 0;
  /// Shown no more, revoked, its key destroyed; absent is success. False where the authority could not be told. Errors: locked.
  virtual Result<bool> give_up(const CertificateOrder& order) = 0;
  /// The names of all that there are, whosever.
  virtual Result<std::vector<std::string>> names(const CertificatePlace& place) = 0;
};

}  // namespace tenantctl
