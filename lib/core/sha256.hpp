// SHA-256 of texts, for checksums, fingerprints and names. Not for passwords.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace tenantctl {

std::array<unsigned char, 32> sha256(std::string_view text);

/// 64 hexadecimal digits in lower case.
std::string sha256_hex(std::string_view text);

}  // namespace tenantctl
