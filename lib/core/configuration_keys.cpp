#include "core/configuration_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/ascii.hpp"
#include "core/names.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 4> k_types{"text", "boolean", "colour", "URL"};

constexpr std::array k_known{
    KnownKey{"branding.name", ValueType::text, "Acme Shop"},
    KnownKey{"branding.logo_url", ValueType::url, "https://cdn.acme.test/logo.svg"},
    KnownKey{"branding.favicon_url", ValueType::url, "https://cdn.acme.test/favicon.ico"},
    KnownKey{"branding.primary_color", ValueType::colour, "#1a2b3c"},
    KnownKey{"branding.secondary_color", ValueType::colour, "#ffcc00"},
    KnownKey{"branding.background_color", ValueType::colour, "#ffffff"},
    KnownKey{"features.*", ValueType::boolean, "true"},
};

// Who the tenant is; and which version of its configuration the application has.
constexpr std::array<std::string_view, 7> k_own{
    "tenant_id", "code", "slug", "company_name", "plan", "admin_email", "configuration_version"};

constexpr std::size_t k_longest_value = 10'000;

bool matches(const KnownKey& known, std::string_view key) {
  if (!known.name.ends_with('*')) return known.name == key;
  const auto prefix = known.name.substr(0, known.name.size() - 1);
  return key.size() > prefix.size() && key.starts_with(prefix);
}

const KnownKey* find(std::string_view key) {
  const auto found = std::ranges::find_if(k_known, [&](const KnownKey& known) { return matches(known, key); });
  return found == k_known.end() ? nullptr : &*found;
}

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= 100 && text.front() >= 'a' && text.front() <= 'z' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string_view::npos && !text.ends_with('.') &&
         text.find("..") == std::string_view::npos;
}

std::optional<std::string> boolean(std::string_view text) {
  const auto word = to_lower(std::string(text));
  if (word == "true" || word == "on" || word == "yes") return "true";
  if (word == "false" || word == "off" || word == "no") return "false";
  return std::nullopt;
}

std::optional<std::string> colour(std::string_view text) {
  const auto word = to_lower(std::string(text));
  if (word.size() != 7 || word.front() != '#' || word.find_first_not_of("0123456789abcdef", 1) != std::string::npos) return std::nullopt;
  return word;
}

/// An address that a page may hold as it is: no quotes, brackets, spaces or control characters, and no other scheme.
std::optional<std::string> url(std::string_view text) {
  const auto scheme = text.starts_with("https://") ? 8U : text.starts_with("http://") ? 7U : 0U;
  if (scheme == 0 || text.size() > 2000) return std::nullopt;
  const bool clean = std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < '\x7f' && std::string_view("\"'<>\\^`{|}").find(c) == std::string_view::npos; });
  const auto host = text.substr(scheme, text.find_first_of("/?#", scheme) - scheme);
  if (!clean || host.empty() || host.front() == ':' || host.find('@') != std::string_view::npos) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> parsed(ValueType type, std::string_view value) {
  switch (type) {
    case ValueType::boolean: return boolean(value);
    case ValueType::colour: return colour(value);
    case ValueType::url: return url(value);
    case ValueType::text: break;
  }
  return std::string(value);
}

Error bad_key(std::string_view key, std::string_view rule, std::string hint) {
  return make_error(ErrorCode::bad_value, fmt::format("configuration key \"{}\" {}", printable(key.substr(0, 100)), rule))
      .with_hint(std::move(hint));
}

}  // namespace

std::string_view to_string(ValueType type) { return k_types[static_cast<std::size_t>(type)]; }

std::span<const KnownKey> known_keys() { return k_known; }

Result<void> check_configuration_key(std::string_view key) {
  if (!is_key(key))
    return fail(
        bad_key(key, "is not 1 to 100 of a-z, 0-9, _, . and -, beginning with a letter", "write it as in currency or branding.name"));
  if (std::ranges::find(k_own, key) != k_own.end()) return fail(bad_key(key, "is kept by tenantctl itself", "choose another key"));
  if (key.starts_with("limits.") || key == "limits")
    return fail(bad_key(key, "would be a limit, and limits belong to the plan", "run \"tenantctl plans list\""));
  if (find(key) != nullptr || !key.starts_with("branding.")) return {};
  std::vector<std::string> names;
  for (const auto& known : k_known) names.emplace_back(known.name);
  const auto near = nearest_name(key, names);
  return fail(bad_key(
      key, "is unknown",
      near.empty() ? std::string("run \"tenantctl config set --help\" to see the known ones") : fmt::format("did you mean \"{}\"?", near)));
}

ValueType type_of(std::string_view key) {
  const auto* known = find(key);
  return known == nullptr ? ValueType::text : known->type;
}

Result<std::string> check_configuration_value(std::string_view key, std::string_view value) {
  // Unlike names, values may span lines; what PostgreSQL's text can't hold is refused here.
  if (!is_utf8(value) || value.find('\0') != std::string_view::npos || value.size() > k_longest_value) {
    return fail(ErrorCode::bad_value, fmt::format("the value of \"{}\" is not UTF-8 text of at most {} bytes", key, k_longest_value));
  }
  const auto type = type_of(key);
  if (auto good = parsed(type, value)) return std::move(*good);
  return fail(make_error(ErrorCode::bad_value,
                         fmt::format("\"{}\" is no {}, which \"{}\" must be", printable(value.substr(0, 100)), to_string(type), key))
                  .with_hint(fmt::format("write it as in {}", find(key)->example)));
}

nlohmann::json typed_value(std::string_view key, const std::string& value) {
  // One that was set before its key had a type is told as it is.
  if (type_of(key) == ValueType::boolean && (value == "true" || value == "false")) return value == "true";
  return value;
}

}  // namespace tenantctl
