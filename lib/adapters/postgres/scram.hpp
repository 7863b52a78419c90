// What a server keeps of a password: enough to check it, and nothing that it could be had from.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/secret.hpp"

namespace tenantctl::postgres {

/// "SCRAM-SHA-256$ITERATIONS:SALT$STORED:SERVER", as RFC 5803 writes it. Nothing for a password with other characters than printable ASCII:
/// those would have to be normalised first.
std::optional<std::string> scram_sha_256(const Secret& password, std::span<const std::uint8_t> salt, int iterations);

}  // namespace tenantctl::postgres
