#include "adapters/files/draft_name.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace tenantctl {
namespace {

constexpr std::string_view k_begin = ".tenantctl-";
constexpr std::string_view k_end = ".tmp";
constexpr std::size_t k_digits = 16;

/// FNV-1a: the same in every build, which std::hash is not.
std::uint64_t digest(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

}  // namespace

std::filesystem::path draft_name(const std::filesystem::path& file) {
  return file.parent_path() / fmt::format("{}{:016x}{}", k_begin, digest(file.filename().native()), k_end);
}

bool has_name_of_draft(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  if (name.size() != k_begin.size() + k_digits + k_end.size() || !name.starts_with(k_begin) || !name.ends_with(k_end)) return false;
  return name.substr(k_begin.size(), k_digits).find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace tenantctl
