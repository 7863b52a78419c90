// 16 hexadecimal digits that nobody else has: for temporary names and markers. Not for secrets; see ports/entropy.hpp.
#pragma once
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace tenantctl {

inline std::string random_word() {
  std::uint64_t word = 0;
  if (::getrandom(&word, sizeof word, 0) != static_cast<ssize_t>(sizeof word)) word = static_cast<std::uint64_t>(::getpid());
  return fmt::format("{:016x}", word);
}

}  // namespace tenantctl
