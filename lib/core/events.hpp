// What happens to tenants that others may want to hear of, and who does.
#pragma once
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenantctl {

namespace events {
inline constexpr std::string_view tenant_created = "tenant.created";
inline constexpr std::string_view tenant_activated = "tenant.activated";
inline constexpr std::string_view tenant_suspended = "tenant.suspended";
inline constexpr std::string_view tenant_cancelled = "tenant.cancelled";
inline constexpr std::string_view tenant_deleted = "tenant.deleted";
inline constexpr std::string_view tenant_plan_changed = "tenant.plan_changed";
inline constexpr std::string_view trial_ending = "trial.ending";
inline constexpr std::string_view trial_expired = "trial.expired";
inline constexpr std::string_view trial_converted = "trial.converted";
inline constexpr std::string_view invoice_issued = "invoice.issued";
inline constexpr std::string_view batch_finished = "batch.finished";
inline constexpr std::string_view isolation_breach = "isolation.breach";
}  // namespace events

/// All types of events, in the order of docs.
std::span<const std::string_view> event_types();

/// "tenant.created" is itself, "tenant.*" all that begins with "tenant.", "*" everything.
bool covers(std::string_view pattern, std::string_view type);

/// One who is told: "mail", or a webhook by its name.
struct Subscription {
  std::string target;
  std::vector<std::string> patterns;
};

/// Who is told of what. Copies are of one process, and know together whether it has written anything into the outbox.
class Subscriptions {
 public:
  Subscriptions() : Subscriptions(std::vector<Subscription>{}) {}
  explicit Subscriptions(std::vector<Subscription> all) : all_(std::move(all)), used_(std::make_shared<std::atomic<bool>>(false)) {}

  std::vector<std::string> targets_of(std::string_view type) const;
  std::vector<std::string> targets() const;
  bool empty() const { return all_.empty(); }

  void note_event() const { *used_ = true; }
  bool has_events() const { return *used_; }

 private:
  std::vector<Subscription> all_;
  std::shared_ptr<std::atomic<bool>> used_;
};

}  // namespace tenantctl
