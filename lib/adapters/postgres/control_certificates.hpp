#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/certificate_store.hpp"

namespace tenantctl::postgres {

class ControlCertificates : public CertificateStore {
 public:
  explicit ControlCertificates(ControlSession& session) : session_(session) {}

  Result<void> request(const CertificateOrder& order) override;
  Result<std::optional<Certificate>> find(const HostName& name) override;
  Result<std::vector<Certificate>> list(const std::optional<TenantId>& tenant) override;
  Result<IssueRound> issue_next(const IssueOrders& orders,
                                const std::function<std::optional<CertificateEnd>(const Certificate&)>& issue) override;
  Result<void> make_due(const std::optional<TenantId>& tenant, bool renewals) override;
  Result<bool> remove(const CertificateOrder& order, const std::function<Result<void>(const Certificate&)>& give_up) override;
  Result<std::vector<Instant>> got_lately(const std::string& zone) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
