// What is asked of a bench's database server besides the bench: whether names are free, the temporary administrator, and the
// end of a tenant's database. Pure; the SQL goes in by standard input, the password by the environment.
#pragma once
#include <cstdint>
#include <string>

#include "ports/frappe_bench.hpp"
#include "ports/shell.hpp"

namespace tenantctl::frappe {

/// An account that may do all of this, with GRANT OPTION, and where the server listens, as seen from the bench's host.
struct DatabaseKeeper {
  std::string user;
  Secret password;
  std::string host = "127.0.0.1";
  std::uint16_t port = 3306;
};

/// `mariadb` without any option file: a password in the login's own ~/.my.cnf would win over the one given here.
ShellCommand client(const DatabaseKeeper& keeper, std::string sql);

/// Prints how many databases and accounts have the site's names.
std::string count_occupants(const FrappeSite& site);
/// An account that may make the site's database, its account and its rights, and nothing with any other database. Replaces
/// one that was left. `password` has no quotes or backslashes.
std::string make_temporary_administrator(const FrappeSite& site, const Secret& password);
std::string drop_temporary_administrator(const FrappeSite& site);
/// The database and every account of the site's names, on whatever host they are. Absent is success.
std::string drop_database(const FrappeSite& site);

}  // namespace tenantctl::frappe
