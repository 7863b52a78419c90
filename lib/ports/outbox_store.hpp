// The outbox. A delivery is held by its row's lock while it is under way: of several that work it off each takes others, one that
// dies lets go at once, and one that sleeps keeps what it has.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/outbox.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// Which deliveries are meant.
struct DeliveryFilter {
  std::string target = {};  // empty: any
  std::string event = {};   // likewise
  std::string slug = {};
  std::optional<DeliveryState> state = {};
  std::size_t limit = 100;
};

/// Of which receivers there is to be something: of all, or of those alone that were not down at the last try.
enum class Receivers : std::uint8_t { all, sound };

class OutboxStore {
 public:
  virtual ~OutboxStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// Takes the next that is due for one of these targets, has it delivered, and writes down how that went; false where there is none.
  /// `deliver` must not use the control database; where it gives nothing, the delivery is as if it had not been tried, and the answer
  /// is false.
  virtual Result<bool> deliver_next(const std::vector<std::string>& targets, Receivers which,
                                    const std::function<std::optional<DeliveryEnd>(const Delivery&)>& deliver) = 0;

  /// Newest first.
  virtual Result<std::vector<Delivery>> list(const DeliveryFilter& filter) = 0;
  /// For each target that there is anything of, by name.
  virtual Result<std::vector<DeliveryCounts>> counts() = 0;
  /// Puts back what is sent or dead, to be delivered at once, as often as if it were new; returns how many.
  virtual Result<std::int64_t> put_back(const DeliveryFilter& filter) = 0;
  /// What waits for that target, or, where it is empty, for any, is due now.
  virtual Result<void> make_due(const std::string& target) = 0;
  /// Gives up for good what waits or is dead; returns how many.
  virtual Result<std::int64_t> drop(const DeliveryFilter& filter) = 0;
  /// Takes away what was sent 30 days ago, and what else is 90 days old. Some thousands at the most.
  virtual Result<void> prune() = 0;
  /// What the address' mail server said of it last; empty: nothing bad.
  virtual Result<std::string> bounce_of(const std::string& address) = 0;
};

}  // namespace tenantctl
