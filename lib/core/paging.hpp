// Lists are read a page at a time, or as a whole.
#pragma once
#include <cstddef>

namespace tenantctl {

/// A limit that is more than any installation has. What must be whole is read in one statement: between pages one could slip through.
inline constexpr std::size_t k_all = 1'000'000'000;

}  // namespace tenantctl
