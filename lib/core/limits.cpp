#include "core/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/names.hpp"

namespace tenantctl {
namespace {

constexpr std::array<Resource, 7> k_resources{{
    {.name = "companies", .one = "company", .label = "Company", .kind = ResourceKind::count},
    {.name = "users_per_company", .one = "user", .label = "User", .kind = ResourceKind::count, .is_per_company = true},
    {.name = "transactions_per_month", .one = "transaction", .label = "Transaction", .kind = ResourceKind::month},
    {.name = "api_calls_per_day", .one = "api_call", .label = "API call", .kind = ResourceKind::day},
    {.name = "storage_bytes", .one = "storage", .label = "Storage", .kind = ResourceKind::measured},
    {.name = "connections", .one = "connection", .label = "Connection", .kind = ResourceKind::count, .is_limited = false},
    {.name = "requests", .one = "request", .label = "Request", .kind = ResourceKind::day, .is_limited = false},
}};
constexpr std::size_t k_limited = 5;  // from the first

constexpr std::array<std::string_view, 4> k_resource_kinds{"count", "month", "day", "measured"};

}  // namespace

std::string_view to_string(ResourceKind kind) { return k_resource_kinds.at(static_cast<std::size_t>(kind)); }

std::span<const Resource> limited_resources() { return std::span(k_resources).first(k_limited); }
std::span<const Resource> used_resources() { return k_resources; }

Result<const Resource*> find_used_resource(std::string_view name) {
  for (const auto& resource : k_resources) {
    if (resource.name == name) return &resource;
  }
  return fail(ErrorCode::bad_value, fmt::format("usage of \"{}\" is not known", name));
}

Result<const Resource*> find_resource(std::string_view word) {
  std::vector<std::string> words;
  for (const auto& resource : limited_resources()) {
    if (word == resource.name || word == resource.one) return &resource;
    words.emplace_back(resource.name);
    words.emplace_back(resource.one);
  }
  const auto near = nearest_name(std::string(word), words);
  std::vector<std::string_view> names;
  for (const auto& resource : limited_resources()) names.push_back(resource.name);
  return fail(
      make_error(ErrorCode::bad_value, fmt::format("no plan has a limit of \"{}\"", word))
          .with_hint(near.empty() ? fmt::format("use one of {}", fmt::join(names, ", ")) : fmt::format("did you mean \"{}\"?", near)));
}

std::string limit_text(const Limit& limit) { return limit ? std::to_string(*limit) : "unlimited"; }

Result<Limit> parse_limit(std::string_view text) {
  if (text == "unlimited") return Limit();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0 && number <= k_highest_amount) return Limit(number);
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no limit", text))
                  .with_hint("give a whole number that is not negative, or \"unlimited\""));
}

LimitAnswer answer_to(const LimitQuestion& question) {
  const auto& [resource, limit, current, wanted, has_price, soft_percent, is_suspended] = question;
  if (is_suspended) return {.can_create = false, .message = "Account suspended. Please contact support."};
  if (!limit) return {};
  if (current + wanted > *limit) {
    if (has_price) return {.message = fmt::format("{} limit reached. What is above {} is charged.", resource.label, *limit)};
    return {.can_create = false, .message = fmt::format("{} limit reached. Please upgrade.", resource.label)};
  }
  // No product of two large numbers: a limit of bytes has 15 digits.
  const bool is_near = soft_percent < 100 && static_cast<double>(current + wanted) > static_cast<double>(*limit) * soft_percent / 100.0;
  if (is_near) return {.message = fmt::format("{} limit nearly reached: {} of {}.", resource.label, current + wanted, *limit)};
  return {};
}

}  // namespace tenantctl
