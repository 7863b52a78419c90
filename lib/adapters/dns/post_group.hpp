// Records that several threads of this process add to a zone at Cloudflare at the same time, sent as one change: a batch of tenants costs
// a part of the requests that its tenants would cost one by one.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "adapters/dns/cloudflare_api.hpp"
#include "core/rounds.hpp"

namespace tenantctl::cloudflare {

/// What one operation wants to add.
struct WantedPosts {
  std::string zone;                               // "/zones/ID"
  nlohmann::json posts;                           // an array of records
  std::function<Result<void>()> still_ours = {};  // asked right before they are sent, by whoever sends them; may be empty
};

class PostGroup {
 public:
  /// All of them, or none. Whatever is refused, or is no longer its operation's, fails alone: the others are added without it.
  /// Errors: those of Api::change.
  Result<Answer> add(const WantedPosts& wanted, Api& api);
  /// How many will be sent next, so far.
  std::size_t waiting() const { return rounds_.waiting(); }

 private:
  Rounds<WantedPosts, Answer> rounds_;
};

}  // namespace tenantctl::cloudflare
