// Takes secrets out of what other programs said, before a person or a journal reads it.
#pragma once
#include <string>
#include <string_view>

#include "core/secret.hpp"

namespace tenantctl {

/// Puts Secret::redacted() wherever `text` has `secret`. One of under four characters is left: it would take words apart.
inline void redact(std::string& text, std::string_view secret) {
  constexpr std::size_t k_shortest = 4;
  if (secret.size() < k_shortest) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + Secret::redacted().size()))
    text.replace(at, secret.size(), Secret::redacted());
}

}  // namespace tenantctl
