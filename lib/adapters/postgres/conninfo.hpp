// Connection strings as libpq reads them: a URL, key=value pairs, or a mere database name. None of these functions connects,
// and no message holds a piece of a string: it may be the password.
#pragma once
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/secret.hpp"
#include "ports/tunnel.hpp"

namespace tenantctl::postgres {

/// Errors: config_invalid where libpq can't read it.
Result<void> check_conninfo(const Secret& conninfo);

/// One setting ("dbname", "host", "port"), with libpq's defaults; empty where there is none.
std::string conninfo_value(const Secret& conninfo, std::string_view keyword);

/// The server that the string leads to, as the host at a tunnel's far end reads it: without this machine's defaults.
/// Errors: config_invalid (malformed; several servers; an abstract socket).
Result<TunnelTarget> tunnel_target(const Secret& conninfo);

/// The same server, with another login and database. Errors: config_invalid.
Result<Secret> with_login(const Secret& conninfo, const std::string& database, const std::string& user, const Secret& password);

/// The same server and login, with another database. Errors: config_invalid.
Result<Secret> with_database(const Secret& conninfo, const std::string& database);

/// What a process list may show of it: key=value pairs without passwords. Errors: config_invalid.
Result<std::string> without_password(const Secret& conninfo);

/// The same string, leading through a tunnel. Errors: config_invalid.
Result<Secret> through_tunnel(const Secret& conninfo, const TunnelEnd& end);

}  // namespace tenantctl::postgres
