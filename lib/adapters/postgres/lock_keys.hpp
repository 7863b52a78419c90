// The keys of advisory locks: names that say what is locked, as the numbers that PostgreSQL takes.
#pragma once
#include <cstdint>
#include <string_view>

namespace tenantctl::postgres {

/// The first eight bytes of the text's SHA-256, as pg_advisory_lock takes its key.
std::int64_t lock_key(std::string_view text);

/// Of the lock that a check of a backup holds while it works in the database of that name.
std::int64_t check_key(std::string_view database);

}  // namespace tenantctl::postgres
