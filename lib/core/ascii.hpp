// Letters as the wire and the file formats know them, whatever the locale says.
#pragma once
#include <algorithm>
#include <string>

namespace tenantctl {

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

/// A to Z become a to z; all else stays.
inline std::string to_lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return to_lower(c); });
  return text;
}

}  // namespace tenantctl
