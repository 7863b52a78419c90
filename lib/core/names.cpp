#include "core/names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/ascii.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 9> k_reserved{"www", "api", "auth", "admin", "app", "blog", "mail", "ftp", "localhost"};
constexpr std::string_view k_code_letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view k_code_alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Values come from an operator's keyboard or a file: shown in an error, they must not carry control characters.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : printable(text.substr(0, 100))) out += c;
  return text.size() > 100 ? out + "…" : out;
}

template <class Name>
Result<Name> refuse(std::string_view what, std::string_view text, std::string_view rule) {
  return fail(ErrorCode::bad_value, fmt::format("{} \"{}\" {}", what, shown(text), rule));
}

/// The rule of DNS labels that `text` breaks; empty where it breaks none.
std::string_view broken_slug_rule(std::string_view text) {
  if (!std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; })) {
    return "may hold only a-z, 0-9 and hyphens";
  }
  if (text.size() < 3) return "is shorter than 3 characters";
  if (text.size() > 63) return "is longer than 63 characters";
  if (text.front() == '-' || text.back() == '-') return "may not begin or end with a hyphen";
  if (text.substr(2, 2) == "--") return "may not have \"--\" at positions 3 and 4";
  return {};
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !(is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f'))) return false;
  }
  return true;
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 63 && !is_digit(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_host_name(std::string_view text) {
  if (text.size() > 253) return false;
  std::size_t labels = 0;
  for (std::size_t begin = 0; begin <= text.size(); ++labels) {
    const auto end = std::min(text.find('.', begin), text.size());
    if (!is_host_label(text.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return labels >= 2;
}

bool is_mailbox(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto local = text.substr(0, at);
  // Quoted local parts are legal (RFC 5321) and refused: nobody has one, and they would carry spaces and quotes into headers.
  const bool plain = std::ranges::all_of(local, [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  });
  const auto domain = to_lower(std::string(text.substr(at + 1)));
  return plain && local.front() != '.' && local.back() != '.' && local.find("..") == std::string_view::npos && is_host_name(domain);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substituted}));
    }
  }
  return row.back();
}

}  // namespace

template <>
Result<TenantSlug> TenantSlug::parse(std::string_view text) {
  const auto rule = broken_slug_rule(text);
  if (rule.empty()) return TenantSlug(std::string(text));
  auto error = make_error(ErrorCode::bad_slug, fmt::format("tenant name \"{}\" {}", shown(text), rule));
  const auto proposal = nearest_slug(text);
  error.hint = proposal.empty() ? "choose 3 to 63 of a-z, 0-9 and hyphens" : fmt::format("use \"{}\"", proposal);
  return fail(std::move(error));
}

template <>
Result<TenantCode> TenantCode::parse(std::string_view text) {
  const bool good =
      text.size() == 8 && is_upper(text.front()) && std::ranges::all_of(text, [](char c) { return is_upper(c) || is_digit(c); });
  if (good) return TenantCode(std::string(text));
  return refuse<TenantCode>("tenant code", text, "is not 8 characters of A-Z and 0-9");
}

template <>
Result<TenantId> TenantId::parse(std::string_view text) {
  if (is_uuid(text)) return TenantId(std::string(text));
  return refuse<TenantId>("tenant id", text, "is not a UUID");
}

template <>
Result<OperationId> OperationId::parse(std::string_view text) {
  if (is_uuid(text)) return OperationId(std::string(text));
  return refuse<OperationId>("operation", text, "is not a UUID");
}

template <>
Result<DatabaseName> DatabaseName::parse(std::string_view text) {
  if (is_identifier(text)) return DatabaseName(std::string(text));
  return refuse<DatabaseName>("database name", text, "is not 1 to 63 of a-z, 0-9 and _, beginning with a letter");
}

template <>
Result<RoleName> RoleName::parse(std::string_view text) {
  if (is_identifier(text)) return RoleName(std::string(text));
  return refuse<RoleName>("role name", text, "is not 1 to 63 of a-z, 0-9 and _, beginning with a letter");
}

template <>
Result<SchemaName> SchemaName::parse(std::string_view text) {
  if (!is_identifier(text)) return refuse<SchemaName>("schema name", text, "is not 1 to 63 of a-z, 0-9 and _, beginning with a letter");
  if (text.starts_with("pg_") || text == "public" || text == "information_schema")
    return refuse<SchemaName>("schema name", text, "is PostgreSQL's own");
  return SchemaName(std::string(text));
}

template <>
Result<HostName> HostName::parse(std::string_view text) {
  if (is_host_name(text)) return HostName(std::string(text));
  return refuse<HostName>("host name", text, "is not a DNS name in lower case");
}

template <>
Result<EmailAddress> EmailAddress::parse(std::string_view text) {
  if (is_mailbox(text)) return EmailAddress(std::string(text));
  return refuse<EmailAddress>("e-mail address", text, "is not of the form name@domain");
}

template <>
Result<ConfigName> ConfigName::parse(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 31 && is_lower(text.front()) &&
                    std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; });
  if (good) return ConfigName(std::string(text));
  return refuse<ConfigName>("name", text, "is not 1 to 31 of a-z, 0-9, _ and -, beginning with a letter");
}

std::span<const std::string_view> reserved_slugs() { return k_reserved; }

Result<void> check_not_reserved(const TenantSlug& slug, const std::set<std::string>& also_reserved) {
  const bool reserved = std::ranges::find(k_reserved, slug.str()) != k_reserved.end() || also_reserved.contains(slug.str());
  if (!reserved) return {};
  return fail(make_error(ErrorCode::bad_slug, fmt::format("tenant name \"{}\" is reserved", slug.str()))
                  .with_hint(fmt::format("use another name, such as \"{}-1\"", slug.str().substr(0, 61))));
}

std::string nearest_slug(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    if (slug.size() == 63) break;
    if (is_lower(c) || is_digit(c)) slug += c;
    else if (is_upper(c)) slug += to_lower(c);
    else if (!slug.empty() && slug.back() != '-') slug += '-';
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  if (slug.empty()) return {};
  if (slug.size() < 3) slug += "-1";
  return slug;
}

Result<TenantSlug> slug_from_username(std::string_view username) {
  const auto slug = nearest_slug(username);
  if (slug.empty()) return TenantSlug::parse(username);
  return TenantSlug::parse(slug);
}

TenantCode code_from_random(std::span<const std::uint8_t, 8> bytes) {
  std::string code(1, k_code_letters[bytes[0] % k_code_letters.size()]);
  for (const auto byte : bytes.subspan<1>()) code += k_code_alphabet[byte % k_code_alphabet.size()];
  return *TenantCode::parse(code);
}

std::string uuid_from_random(std::span<const std::uint8_t, 16> bytes) {
  std::array<std::uint8_t, 16> b{};
  std::ranges::copy(bytes, b.begin());
  b[6] = static_cast<std::uint8_t>((b[6] & 0x0f) | 0x40);  // version 4, RFC 9562
  b[8] = static_cast<std::uint8_t>((b[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", b[i]);
  }
  return text;
}

Result<std::string> check_text(std::string_view field, std::string_view text) {
  const auto refuse_text = [&](std::string_view rule) { return refuse<std::string>(field, text, rule); };
  if (text.empty()) return refuse_text("is empty");
  if (text.size() > 200) return refuse_text("is longer than 200 bytes");
  if (!is_utf8(text)) return refuse_text("is not UTF-8");
  if (printable(text) != text) return refuse_text("holds control characters");
  return std::string(text);
}

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
  std::string best;
  std::size_t best_distance = name.size() / 3 + 2;  // two swapped letters of a short word are near enough
  for (const auto& candidate : known) {
    const auto distance = edit_distance(name, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return best;
}

}  // namespace tenantctl
