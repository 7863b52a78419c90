// That a try could have succeeded: the same try by whoever has the right to it. Without that a refusal proves nothing.
#pragma once
#include <map>
#include <mutex>
#include <string>

#include "core/probe_card.hpp"
#include "ports/sql_doors.hpp"

namespace tenantctl {

/// Empty `why_not`: it was shown.
struct Proof {
  std::string why_not = {};
  bool holds() const { return why_not.empty(); }
};

/// Whether the answer says that the server granted what the card tries.
bool was_granted(const ProbeCard& card, const SqlAnswer& answer);
/// Whether the server said no, and not something else.
bool was_refused(const ProbeCard& card, const SqlAnswer& answer);
/// For a finding: what the server said.
std::string said(const SqlAnswer& answer);

/// The card's control in that session, as `who` for the message.
Proof prove(const ProbeCard& card, const ProbeWords& words, SqlSession& session, const std::string& who);

/// Proofs that are good for all tenants of a server, made once each.
class SharedProofs {
 public:
  template <class Make>
  Proof get(const std::string& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    const auto known = proofs_.find(key);
    if (known != proofs_.end()) return known->second;
    auto proof = make();
    if (proof.holds()) proofs_.emplace(key, proof);  // what failed for one tenant may succeed for the next
    return proof;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Proof> proofs_;
};

}  // namespace tenantctl
