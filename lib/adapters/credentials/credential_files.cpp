#include "adapters/credentials/credential_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/leftover_files.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string to_json(const Credentials& credentials) {
  nlohmann::ordered_json document{{"format", 1},
                                        {"tenant_id", credentials.tenant.str()},
                                        {"code", credentials.code.str()},
                                        {"slug", credentials.slug.str()},
                                        {"host", credentials.address.host},
                                        {"port", credentials.address.port},
                                        {"database", credentials.database.str()},
                                        {"user", credentials.login.str()},
                                        {"password", credentials.password.reveal()},
                                        {"url", connection_url(credentials).reveal()}};
  // No part of the URL: the server itself makes it the login's search_path.
  if (credentials.schema) document["schema"] = credentials.schema->str();
  // Bytes that are no UTF-8 would make dump throw.
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_json(const SiteLogin& login) {
  const nlohmann::ordered_json document{{"format", 1},
                                        {"tenant_id", login.tenant.str()},
                                        {"code", login.code.str()},
                                        {"slug", login.slug.str()},
                                        {"host", login.host.str()},
                                        {"site", login.site.str()},
                                        {"user", login.user.str()},
                                        {"password", login.password.reveal()}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// One of a credentials file's texts; empty where it has none of that name.
std::string text_at(const std::string& file, const char* key) {
  const auto document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object()) return {};
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string tenant_in(const std::string& file) { return text_at(file, "tenant_id"); }

}  // namespace

Secret connection_url(const Credentials& credentials) {
  const auto login =
      fmt::format("postgresql://{}:{}@", percent_encoded(credentials.login.str()), percent_encoded(credentials.password.reveal()));
  const auto& host = credentials.address.host;
  const auto database = percent_encoded(credentials.database.str());
  if (host.starts_with('/'))
    return Secret(fmt::format("{}/{}?host={}&port={}", login, database, percent_encoded(host), credentials.address.port));
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return Secret(fmt::format("{}{}:{}/{}", login, is_ipv6 ? "[" + host + "]" : percent_encoded(host), credentials.address.port, database));
}

Result<Observed> CredentialFiles::observe(const std::filesystem::path& file, const TenantId& tenant) {
  TRY_ASSIGN(const auto text, read_small_file(file));
  if (!text) return Observed{Presence::absent};
  const auto owner = tenant_in(*text);
  if (owner == tenant.str()) return Observed{Presence::complete};
  if (owner.empty()) return Observed{Presence::foreign, fmt::format("\"{}\" exists and does not name a tenant of ours", file.native())};
  return Observed{Presence::foreign, fmt::format("\"{}\" exists and belongs to tenant {}", file.native(), printable(owner.substr(0, 36)))};
}

Result<void> CredentialFiles::write(const std::filesystem::path& file, const Credentials& credentials) {
  return write_text(file, credentials.tenant, to_json(credentials));
}

Result<void> CredentialFiles::write(const std::filesystem::path& file, const SiteLogin& login) { return write_text(file, login.tenant, to_json(login)); }

Result<void> CredentialFiles::write_text(const std::filesystem::path& file, const TenantId& tenant, std::string text) {
  TRY(create_folder(file.parent_path(), 0700, FileOwner::of_folder));
  TRY_ASSIGN(const auto lock, gate_.enter(file.parent_path()));
  TRY_ASSIGN(const auto observed, observe(file, tenant));
  if (observed.presence == Presence::foreign) return fail(ErrorCode::foreign_object, observed.detail);
  const FileContent content{.path = file, .text = std::move(text), .mode = 0600, .owner = FileOwner::of_folder};
  return observed.presence == Presence::absent ? create_file(content) : replace_file(content);
}

Result<std::optional<LoginDetails>> CredentialFiles::read(const std::filesystem::path& file, const TenantId& tenant) {
  TRY(gate_.confirm());
  TRY_ASSIGN(const auto text, read_small_file(file));
  if (!text) return std::nullopt;
  LoginDetails details{.database = text_at(*text, "database"), .login = text_at(*text, "user"), .password = Secret(text_at(*text, "password")), .url = Secret(text_at(*text, "url"))};
  const bool whole = tenant_in(*text) == tenant.str() && !details.database.empty() && !details.login.empty() && !details.url.reveal().empty();
  if (!whole) return fail(ErrorCode::foreign_object, fmt::format("\"{}\" is not this tenant's credentials file, or was changed", file.native()));
  return details;
}

Result<void> CredentialFiles::remove(const std::filesystem::path& file, const TenantId& tenant) {
  std::error_code ignored;
  if (!std::filesystem::exists(file.parent_path(), ignored)) return {};
  TRY_ASSIGN(const auto lock, gate_.enter(file.parent_path()));
  TRY_ASSIGN(const auto observed, observe(file, tenant));
  if (observed.presence == Presence::foreign) return fail(ErrorCode::foreign_object, observed.detail);
  if (observed.presence == Presence::absent) return {};
  return remove_file(file);
}

Result<std::vector<Thing>> CredentialFiles::inventory(const std::filesystem::path& folder) {
  TRY_ASSIGN(const auto files, files_in(folder));
  std::vector<Thing> things;
  for (const auto& file : files) {
    if (is_abandoned_temporary(file)) things.push_back({.kind = ThingKind::temporary_file, .name = file.string()});
    if (file.extension() != ".json") continue;
    TRY_ASSIGN(const auto text, read_small_file(file));
    if (const auto tenant = TenantId::parse(text ? tenant_in(*text) : "")) things.push_back({.kind = ThingKind::credentials_file, .name = file.string(), .tenant = *tenant});
  }
  return things;
}

Result<void> CredentialFiles::remove_temporary(const std::filesystem::path& file) { return tenantctl::remove_temporary(file); }

}  // namespace tenantctl
