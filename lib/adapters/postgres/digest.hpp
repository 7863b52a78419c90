// SHA-256 for the checksums of migrations, the names of templates and the keys of advisory locks. Not for passwords.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tenantctl::postgres {

/// 64 hexadecimal digits in lower case.
std::string sha256_hex(std::string_view text);

/// The first eight bytes of the hash, as pg_advisory_lock takes its key.
std::int64_t lock_key(std::string_view text);

}  // namespace tenantctl::postgres
