#include "pipeline/steps/certificate_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

CertificateStep::CertificateStep(const CreatePlan& plan, const CertificatePorts& ports)
    : ports_(ports),
      order_(*plan.certificate),
      description_(fmt::format("ask for a certificate for \"{}\" and \"{}\", which is got once the tenant is live", plan.front.str(),
                               plan.back.str())) {}

Result<Observation> CertificateStep::probe() {
  TRY_ASSIGN(const auto found, ports_.store->find(order_.name()));
  if (!found) return Observation{Presence::absent, to_json(order_)};
  if (found->order.tenant == order_.tenant) return Observation{Presence::complete, to_json(order_)};
  return Observation{Presence::foreign, to_json(order_), fmt::format("another tenant has the certificate of \"{}\"", order_.name().str())};
}

Result<Evidence> CertificateStep::apply() {
  TRY(ports_.store->request(order_));
  return to_json(order_);
}

Result<void> CertificateStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto order, certificate_order_from(evidence));
  return give_up_certificate(order, ports_);
}

}  // namespace tenantctl
