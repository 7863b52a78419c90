// Shows API keys where they must not count: a key made for this alone, in a rehearsal, so that none is left.
#pragma once
#include <span>

#include "core/probe_card.hpp"
#include "isolation/tries.hpp"
#include "ports/api_key_store.hpp"
#include "ports/entropy.hpp"

namespace tenantctl {

struct KeyHolder {
  const Tenant& tenant;
  std::span<const Tenant* const> others;  // whose doors its key is tried at
  Actor actor;
  Instant now;
};

/// The tries at the border keys. What the store refuses to do makes them inconclusive.
void survey_keys(const KeyHolder& holder, std::span<const ProbeCard> cards, ApiKeyStore& keys, Entropy& entropy, Tries& tries);

}  // namespace tenantctl
