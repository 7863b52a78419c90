// Reports about certificates.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/certificate.hpp"
#include "core/error.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct ShownCertificate {
  Certificate certificate;
  std::optional<Instant> expected_at = {};  // of one that there is none of yet: the soonest that the authority's budget allows
};

nlohmann::json certificate_document(const ShownCertificate& shown);
/// "until 2027-02-21T08:00:00Z", or what it waits for.
std::string certificate_text(const ShownCertificate& shown);

Report certificates_report(const std::vector<ShownCertificate>& certificates);

/// What a round of getting some came to.
struct CertificatesDone {
  std::map<std::string, Instant> got = {};         // by name: when it ends
  std::map<std::string, std::string> failed = {};  // by name: why; each is tried again later
  std::optional<Error> stopped_by = {};            // what keeps all of them from being got: no more were tried
  bool is_busy = false;                            // another process is getting some
};

/// Its status is that of what stopped it, such as 9; 1 where the authority refused some; 6 where another process is at it. Nothing done,
/// nothing said: cron mails what is.
Report certificates_done_report(const CertificatesDone& done);

}  // namespace tenantctl
