// The checked names that tenants are built from. Each type refuses a bad value at construction, so that no function
// behind it receives one; none of them is trusted to be quoted correctly by its user.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

/// A string that passed the check of its type. `Tag` keeps the types apart.
template <class Tag>
class CheckedName {
 public:
  /// Errors: as said at each alias below.
  static Result<CheckedName> parse(std::string_view text);
  const std::string& str() const { return text_; }
  auto operator<=>(const CheckedName&) const = default;

 private:
  explicit CheckedName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A DNS label that names a tenant: 3 to 63 of a-z, 0-9 and hyphen; no hyphen at the ends; no "--" at positions 3 and 4
/// (RFC 5891 keeps those). Reserved words are refused by check_not_reserved. Errors: bad_slug, with a proposal.
using TenantSlug = CheckedName<struct TenantSlugTag>;
/// 8 characters A-Z, 0-9, the first a letter. What support asks for, and what database names are built from. Errors: bad_value.
using TenantCode = CheckedName<struct TenantCodeTag>;
/// A UUID in lower case with hyphens. Errors: bad_value.
using TenantId = CheckedName<struct TenantIdTag>;
using OperationId = CheckedName<struct OperationIdTag>;
/// A PostgreSQL identifier that needs no quotes: 1 to 63 bytes of a-z, 0-9 and _, not beginning with a digit. Errors: bad_value.
/// Longer names would be cut by the server with a mere NOTICE.
using DatabaseName = CheckedName<struct DatabaseNameTag>;
using RoleName = CheckedName<struct RoleNameTag>;
/// The same of a schema, which may also not be one of PostgreSQL's own: "public", "information_schema", "pg_…". Errors: bad_value.
using SchemaName = CheckedName<struct SchemaNameTag>;
/// A DNS name of two labels or more, in lower case, at most 253 characters, no trailing dot. Errors: bad_value.
using HostName = CheckedName<struct HostNameTag>;
/// One mailbox: no spaces, control characters or list separators; a domain behind the @. Errors: bad_value.
using EmailAddress = CheckedName<struct EmailAddressTag>;
/// The name of a stack, plan or server in the configuration: 1 to 31 of a-z, 0-9, _ and -, beginning with a letter. Errors: bad_value.
using ConfigName = CheckedName<struct ConfigNameTag>;

// Each has a rule of its own.
template <>
Result<TenantSlug> TenantSlug::parse(std::string_view text);
template <>
Result<TenantCode> TenantCode::parse(std::string_view text);
template <>
Result<TenantId> TenantId::parse(std::string_view text);
template <>
Result<OperationId> OperationId::parse(std::string_view text);
template <>
Result<DatabaseName> DatabaseName::parse(std::string_view text);
template <>
Result<RoleName> RoleName::parse(std::string_view text);
template <>
Result<SchemaName> SchemaName::parse(std::string_view text);
template <>
Result<HostName> HostName::parse(std::string_view text);
template <>
Result<EmailAddress> EmailAddress::parse(std::string_view text);
template <>
Result<ConfigName> ConfigName::parse(std::string_view text);

/// The words that no tenant may be called, whatever the configuration says.
std::span<const std::string_view> reserved_slugs();

/// Errors: bad_slug, naming the word, with a proposal.
Result<void> check_not_reserved(const TenantSlug& slug, const std::set<std::string>& also_reserved);

/// The nearest slug that passes every rule ("John_Driver" -> "john-driver"); empty where nothing usable is left.
std::string nearest_slug(std::string_view text);

/// A slug derived from a user's name, as in `--username john_driver`. Errors: bad_slug.
Result<TenantSlug> slug_from_username(std::string_view username);

/// A code and an id from random bytes. The code's alphabet leaves out 0, 1, I and O, which support mishears.
TenantCode code_from_random(std::span<const std::uint8_t, 8> bytes);
std::string uuid_from_random(std::span<const std::uint8_t, 16> bytes);

/// Text for people, such as a company's name: UTF-8, 1 to 200 bytes, no control characters. `field` names it in the error.
/// Quotes, braces, shell, SQL and template syntax are allowed: they are data, and stored as they are. Errors: bad_value.
Result<std::string> check_text(std::string_view field, std::string_view text);

/// The reading of `name` that differs least from one in `known`, for "did you mean"; empty where none is near.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

}  // namespace tenantctl
