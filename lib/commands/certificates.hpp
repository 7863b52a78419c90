// Gets certificates: has the authority asked for each that is due, and writes down how that went.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "commands/services.hpp"
#include "views/certificates.hpp"

namespace tenantctl {

/// In today's configuration, which has its `tls`.
CertificatePlace place_of_certificates(const Settings& settings);

/// For both hosts of a tenant that is, or is to be, in today's configuration, which has its `tls`.
CertificateOrder certificate_order(const TenantId& tenant, const TenantSlug& slug, const HostName& front, const HostName& back,
                                   const Settings& settings);

struct GetOrders {
  std::optional<TenantId> tenant = {};                // empty: of all
  bool only_new = false;                              // those alone that were never tried
  std::chrono::milliseconds limit{0};                 // begin none after that; 0: any time
  std::chrono::milliseconds each{180'000};            // for one: certbot itself waits for 90 s for an authority to make up its mind
  std::function<bool()> stop = [] { return false; };  // asked before each: begin no more
};

/// What would keep the next one from being got too ends it: an authority out of reach, or one that was asked too often. Errors:
/// config_invalid, where tls.provider is "none"; what the control database says.
Result<CertificatesDone> get_certificates(const GetOrders& orders, Services& services);

/// At a command's end: gets what it has asked for, as far as that is quickly done, and notes what is left for later.
void get_news(Services& services);

/// As people and programs are shown them, with what is to be expected of those that wait. Errors: what the control database says.
Result<std::vector<ShownCertificate>> shown_certificates(const std::optional<TenantId>& tenant, Services& services);

}  // namespace tenantctl
