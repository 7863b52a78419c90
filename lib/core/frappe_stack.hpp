// What a stack of kind "frappe" says about the bench that its sites live on. Reading it is pure: it connects to no host and
// opens no file, and a reference to a password stays a reference.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/names.hpp"
#include "core/result.hpp"

namespace tenantctl {

class YamlMap;

struct FrappeDatabaseAdmin {
  std::string user;
  std::string password;            // "env:NAME" or "file:PATH"
  std::string host = "127.0.0.1";  // as seen from the bench's host
  std::uint16_t port = 3306;
};

struct FrappeStack {
  std::string host;                      // among the configuration's hosts
  std::string bench = "~/frappe-bench";  // folder there; "~/" is its login's home
  std::string program = "bench";
  std::vector<std::string> apps = {};  // besides frappe itself, in this order
  std::string site = "api.{slug}.{domain}";
  std::vector<std::pair<std::string, std::string>> site_config = {};  // in the file's order; values as they stand there
  std::string country = {};
  std::string time_zone = {};
  std::string source_sql = {};                // a dump on the host; empty: the framework installs itself
  std::string web = "http://127.0.0.1:8000";  // the bench's web server, as seen from its own host
  FrappeDatabaseAdmin database_admin = {};
  // Of nginx. The stack's own `upstream` is the bench's web server, as nginx reaches it.
  std::string front = {};                // "http://127.0.0.1:3000": a front end for {slug}.{domain}; empty: the site itself
  std::string socketio = {};             // the bench's web socket server; empty: its web server
  std::filesystem::path sites_dir = {};  // the bench's sites/ where nginx sees it, for /assets/ and /files/; empty: proxied
  bool block_login = false;              // answer the site's pages and method for logins with 403
};

/// The keys of a stack of kind "frappe" that other kinds have not. Bad values are refused in the map's source; the caller
/// calls map.done(). `folder` is where the paths of files that hold passwords begin.
FrappeStack read_frappe_stack(YamlMap& map, const std::filesystem::path& folder);

/// Whether the site's own configuration forbids logins by password.
bool forbids_passwords(const FrappeStack& stack);

/// `text` with {slug} and {domain} filled in.
std::string fill_in(std::string text, const TenantSlug& slug, std::string_view domain);

/// A value of site_config as Python writes it: whole numbers and true or false as such, all else as a string.
std::string python_value(std::string_view text);
/// Between single quotes, with control characters escaped.
std::string python_string(std::string_view text);

}  // namespace tenantctl
