// Certificates that are wanted, and those that there are, in memory.
#pragma once
#include <map>
#include <set>

#include "fakes/faults.hpp"
#include "pipeline/certificates.hpp"

namespace tenantctl::test {

class FakeCertificateStore : public CertificateStore {
 public:
  explicit FakeCertificateStore(Faults& faults) : faults_(faults) {}

  Result<void> request(const CertificateOrder& order) override {
    return faults_.around("certificates.request", [&]() -> Result<void> {
      const auto found = rows.find(order.name().str());
      if (found != rows.end() && found->second.order.tenant != order.tenant) return fail(ErrorCode::foreign_object, "another tenant's");
      rows.emplace(order.name().str(), Certificate{.order = order});
      return {};
    });
  }
  Result<std::optional<Certificate>> find(const HostName& name) override {
    return faults_.around("certificates.find", [&]() -> Result<std::optional<Certificate>> {
      const auto found = rows.find(name.str());
      return found == rows.end() ? std::nullopt : std::optional(found->second);
    });
  }
  Result<std::vector<Certificate>> list(const std::optional<TenantId>&) override { return std::vector<Certificate>(); }
  Result<IssueRound> issue_next(const IssueOrders&, const std::function<std::optional<CertificateEnd>(const Certificate&)>&) override {
    return IssueRound::none;
  }
  Result<void> make_due(const std::optional<TenantId>&, bool) override { return {}; }
  Result<bool> remove(const CertificateOrder& order, const std::function<Result<void>(const Certificate&)>& give_up) override {
    return faults_.around("certificates.remove", [&]() -> Result<bool> {
      const auto found = rows.find(order.name().str());
      if (found == rows.end() || found->second.order.tenant != order.tenant) return false;
      TRY(give_up(found->second));
      rows.erase(found);
      return true;
    });
  }
  Result<std::vector<Instant>> got_lately(const std::string&) override { return std::vector<Instant>(); }

  std::map<std::string, Certificate> rows;  // by name

 private:
  Faults& faults_;
};

class FakeCertificateIssuer : public CertificateIssuer {
 public:
  explicit FakeCertificateIssuer(Faults& faults) : faults_(faults) {}

  Result<Instant> issue(const CertificateOrder& order, bool, std::chrono::milliseconds) override {
    return faults_.around("issuer.issue", [&]() -> Result<Instant> {
      issued.insert(order.name().str());
      return Instant{};
    });
  }
  Result<void> hide(const CertificateOrder&) override { return {}; }
  Result<Observed> observe(const CertificateOrder& order) override {
    return faults_.around("issuer.observe", [&]() -> Result<Observed> {
      return Observed{issued.contains(order.name().str()) ? Presence::complete : Presence::absent};
    });
  }
  Result<bool> give_up(const CertificateOrder& order) override {
    return faults_.around("issuer.give_up", [&]() -> Result<bool> {
      issued.erase(order.name().str());
      return true;
    });
  }
  Result<std::vector<std::string>> names(const CertificatePlace&) override {
    return std::vector<std::string>(issued.begin(), issued.end());
  }

  std::set<std::string> issued;  // names

 private:
  Faults& faults_;
};

}  // namespace tenantctl::test
