#include "adapters/postgres/conninfo.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <charconv>
#include <map>
#include <memory>

#include "adapters/system/releaser.hpp"

namespace tenantctl::postgres {
namespace {

using ConninfoHandle = std::unique_ptr<PQconninfoOption, Releaser<PQconninfoFree>>;
using PqText = std::unique_ptr<char, Releaser<PQfreemem>>;

constexpr int k_port = 5432;
constexpr const char* k_socket_folder = "/var/run/postgresql";  // where Debian's PostgreSQL listens

std::string value_of(const PQconninfoOption* options, std::string_view keyword) {
  for (const auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    if (option->keyword == keyword && option->val != nullptr) return option->val;
  }
  return {};
}

/// libpq takes a string with neither '=' nor a URL's scheme for a mere database name.
bool is_conninfo(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://") || text.find('=') != std::string_view::npos;
}

/// For a connection string: a value may hold anything.
std::string as_value(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

/// The string's settings, with those given in the place of its own.
Result<Secret> changed(const Secret& conninfo, std::map<std::string, std::string> settings) {
  TRY(check_conninfo(conninfo));
  if (is_conninfo(conninfo.reveal())) {
    const ConninfoHandle options(PQconninfoParse(conninfo.reveal().c_str(), nullptr));
    for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
      if (option->val != nullptr) settings.emplace(option->keyword, option->val);
    }
  } else if (!conninfo.reveal().empty()) {
    settings.emplace("dbname", conninfo.reveal());
  }
  std::string text;
  for (const auto& [keyword, value] : settings) {
    // An empty one would hide what the environment gives.
    if (value.empty() && keyword.ends_with("password")) continue;
    text += fmt::format("{}={} ", keyword, as_value(value));
  }
  return Secret(std::move(text));
}

Error not_one_server(std::string_view why) {
  return make_error(ErrorCode::config_invalid, fmt::format("a connection string with psql_on {}", why))
      .with_hint("write it as \"postgresql://USER@HOST:PORT/DATABASE\"");
}

}  // namespace

/// libpq's own message for a malformed string quotes pieces of it, and a piece may be the password.
Result<void> check_conninfo(const Secret& conninfo) {
  if (!is_conninfo(conninfo.reveal())) return {};
  char* message = nullptr;
  const ConninfoHandle options(PQconninfoParse(conninfo.reveal().c_str(), &message));
  const PqText text(message);
  if (options) return {};
  return fail(make_error(ErrorCode::config_invalid, "connection string is malformed")
                  .with_hint("write it as \"postgresql://USER@HOST:PORT/DATABASE\""));
}

std::string conninfo_value(const Secret& conninfo, std::string_view keyword) {
  const auto& text = conninfo.reveal();
  if (!is_conninfo(text)) {
    if (keyword == "dbname" && !text.empty()) return text;
  } else {
    const ConninfoHandle options(PQconninfoParse(text.c_str(), nullptr));
    const auto value = value_of(options.get(), keyword);
    if (!value.empty()) return value;
  }
  const ConninfoHandle defaults(PQconndefaults());
  const auto value = value_of(defaults.get(), keyword);
  if (!value.empty() || keyword != "dbname") return value;
  return conninfo_value(conninfo, "user");
}

Result<TunnelTarget> tunnel_target(const Secret& conninfo) {
  TRY(check_conninfo(conninfo));
  TunnelTarget target{.host = k_socket_folder, .port = k_port};
  if (!is_conninfo(conninfo.reveal())) return target;
  const ConninfoHandle options(PQconninfoParse(conninfo.reveal().c_str(), nullptr));
  auto host = value_of(options.get(), "hostaddr");
  if (host.empty()) host = value_of(options.get(), "host");
  const auto port = value_of(options.get(), "port");
  if (host.find(',') != std::string::npos || port.find(',') != std::string::npos) return fail(not_one_server("names several servers"));
  if (host.starts_with('@')) return fail(not_one_server("names an abstract socket, which SSH can't reach"));
  if (!host.empty()) target.host = host;
  if (port.empty()) return target;
  const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (error != std::errc() || rest != port.data() + port.size() || target.port < 1 || target.port > 65535)
    return fail(not_one_server("has a bad port"));
  return target;
}

Result<Secret> with_login(const Secret& conninfo, const std::string& database, const std::string& user, const Secret& password) {
  return changed(conninfo, {{"dbname", database}, {"user", user}, {"password", password.reveal()}});
}

Result<Secret> with_database(const Secret& conninfo, const std::string& database) { return changed(conninfo, {{"dbname", database}}); }

Result<std::string> without_password(const Secret& conninfo) {
  TRY_ASSIGN(const auto text, changed(conninfo, {{"password", ""}, {"sslpassword", ""}}));
  return text.reveal();
}

Result<Secret> through_tunnel(const Secret& conninfo, const TunnelEnd& end) {
  // hostaddr is set, though empty: else PGHOSTADDR of the environment would lead elsewhere.
  return changed(conninfo, {{"host", end.folder}, {"hostaddr", ""}, {"port", std::to_string(end.port)}});
}

}  // namespace tenantctl::postgres
