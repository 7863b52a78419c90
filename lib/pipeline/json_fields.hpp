// Reads typed values out of JSON that tenantctl itself wrote: an operation's parameters, a step's evidence. What is
// missing or of another type is a bug or another version's writing, and becomes an error that names the field.
#pragma once
#include <fmt/format.h>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// Errors: internal.
template <class T>
Result<T> json_field(const nlohmann::json& object, std::string_view key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found != object.end()) {
    try {
      return found->template get<T>();
    } catch (const nlohmann::json::exception&) {  // another type: reported below
    }
  }
  return fail(ErrorCode::internal, fmt::format("the journal's \"{}\" is missing or of another type", key));
}

/// A checked name. Errors: internal, with the name's own complaint.
template <class Name>
Result<Name> json_name(const nlohmann::json& object, std::string_view key) {
  TRY_ASSIGN(const auto text, json_field<std::string>(object, key));
  auto name = Name::parse(text);
  if (!name) return fail(ErrorCode::internal, fmt::format("the journal's \"{}\" is bad: {}", key, name.error().message));
  return std::move(*name);
}

/// A checked name that not every writer knew of. Errors: internal, with the name's own complaint.
template <class Name>
Result<std::optional<Name>> json_name_if_any(const nlohmann::json& object, std::string_view key) {
  if (!object.is_object() || !object.contains(key)) return std::optional<Name>();
  TRY_ASSIGN(auto name, json_name<Name>(object, key));
  return std::optional<Name>(std::move(name));
}

/// Errors: internal.
inline Result<TenantStatus> json_status(const nlohmann::json& object, std::string_view key) {
  TRY_ASSIGN(const auto name, json_field<std::string>(object, key));
  const auto status = parse_tenant_status(name);
  if (!status) return fail(ErrorCode::internal, fmt::format("the journal's \"{}\" is bad: {}", key, status.error().message));
  return *status;
}

/// A text that not every writer knew of; empty where there is none. Errors: internal.
inline Result<std::string> json_text_if_any(const nlohmann::json& object, std::string_view key) {
  if (!object.is_object() || !object.contains(key)) return std::string();
  return json_field<std::string>(object, key);
}

inline std::vector<std::string> to_strings(const std::vector<std::filesystem::path>& paths) { return {paths.begin(), paths.end()}; }

/// Errors: internal.
inline Result<std::vector<std::filesystem::path>> json_paths(const nlohmann::json& object, std::string_view key) {
  TRY_ASSIGN(const auto texts, json_field<std::vector<std::string>>(object, key));
  return std::vector<std::filesystem::path>(texts.begin(), texts.end());
}

}  // namespace tenantctl
