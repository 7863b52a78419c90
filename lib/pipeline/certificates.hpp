// A tenant's certificate in operations: as the journal keeps it, and how it is given up.
#pragma once
#include <nlohmann/json.hpp>

#include "core/certificate.hpp"
#include "core/result.hpp"
#include "ports/certificate_issuer.hpp"
#include "ports/certificate_store.hpp"

namespace tenantctl {

/// Empty where the plan has no certificate.
struct CertificatePorts {
  CertificateStore* store = nullptr;
  CertificateIssuer* issuer = nullptr;
};

nlohmann::json to_json(const CertificateOrder& order);
/// Errors: internal.
Result<CertificateOrder> certificate_order_from(const nlohmann::json& object);

/// absent: nobody is to have it, and nothing of it is on nginx's host.
Result<Observed> observe_certificate(const CertificateOrder& order, const CertificatePorts& ports);

/// Revoked, and gone from nginx, certbot and the control database; absent is success.
Result<void> give_up_certificate(const CertificateOrder& order, const CertificatePorts& ports);

}  // namespace tenantctl
