// What `doctor` says of certificates: those that can't be got, that nobody renews, that lie on nginx's host and are no tenant's, and that
// ought to lie there. It changes nothing, and asks no authority.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "commands/services.hpp"
#include "views/certificates.hpp"
#include "views/doctor.hpp"

namespace tenantctl {

/// `there`: the names of those that lie on nginx's host, in `home`. One line for each kind of trouble, or one for all.
std::vector<HealthCheck> judge_certificates(const std::vector<ShownCertificate>& wanted, const std::set<std::string>& there,
                                            const CertificatePlace& home, Instant now);

/// Nothing where there are none and `tls` is not configured.
std::vector<HealthCheck> check_certificates(const Settings& settings, Services& services);

}  // namespace tenantctl
