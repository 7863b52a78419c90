// Bytes as hexadecimal digits. Lower case, two digits each, nothing between.
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>

namespace tenantctl {

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace tenantctl
