// What a tenant can be configured with: which keys have a type, and what a value of each must look like. Keys that are not in
// the table are the application's own, and hold text.
#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tenantctl {

enum class ValueType : std::uint8_t { text, boolean, colour, url };
std::string_view to_string(ValueType type);

struct KnownKey {
  std::string_view name;  // "features.*" stands for all keys that begin so
  ValueType type;
  std::string_view example;
};

std::span<const KnownKey> known_keys();

/// 1 to 100 of a-z, 0-9, '_', '.' and '-', beginning with a letter; neither one that says who the tenant is, nor one of its
/// plan's limits, nor an unknown one of branding. Errors: bad_value.
Result<void> check_configuration_key(std::string_view key);

/// The key must be a good one.
ValueType type_of(std::string_view key);

/// The value as it is kept: a boolean is "true" or "false", a colour in lower case, everything else as it is. `key` must be a
/// good one. Errors: bad_value, naming the type, with an example.
Result<std::string> check_configuration_value(std::string_view key, std::string_view value);

/// As JSON has it: a boolean as such, everything else as a string.
nlohmann::json typed_value(std::string_view key, const std::string& value);

}  // namespace tenantctl
