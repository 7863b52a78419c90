#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/outbox_store.hpp"

namespace tenantctl::postgres {

class ControlOutbox : public OutboxStore {
 public:
  explicit ControlOutbox(ControlSession& session) : session_(session) {}

  Result<bool> deliver_next(const std::vector<std::string>& targets, Receivers which,
                            const std::function<std::optional<DeliveryEnd>(const Delivery&)>& deliver) override;
  Result<std::vector<Delivery>> list(const DeliveryFilter& filter) override;
  Result<std::vector<DeliveryCounts>> counts() override;
  Result<std::int64_t> put_back(const DeliveryFilter& filter) override;
  Result<void> make_due(const std::string& target) override;
  Result<std::int64_t> drop(const DeliveryFilter& filter) override;
  Result<void> prune() override;
  Result<std::string> bounce_of(const std::string& address) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
