#include "adapters/frappe/site_sql.hpp"

#include <fmt/format.h>

#include "adapters/frappe/bench_commands.hpp"

// Names stand in the SQL as they are: a DatabaseName is of a-z, 0-9 and _ alone.
namespace tenantctl::frappe {
namespace {

/// In the grants of MariaDB, _ stands for any one character: unescaped, the right would hold for other tenants' databases.
std::string escaped(const DatabaseName& database) {
  std::string text;
  for (const char c : database.str()) text += c == '_' ? std::string("\\_") : std::string(1, c);
  return text;
}

}  // namespace

ShellCommand client(const DatabaseKeeper& keeper, std::string sql) {
  return {.argv = {"mariadb", "--no-defaults", "--protocol=tcp", "--host=" + keeper.host, fmt::format("--port={}", keeper.port),
                   "--user=" + keeper.user, "--connect-timeout=10", "--batch", "--skip-column-names"},
          .input = std::move(sql),
          .environment = {"MYSQL_PWD=" + keeper.password.reveal()},
          .limit = k_small_limit};
}

std::string count_occupants(const FrappeSite& site) {
  return fmt::format(
      "select (select count(*) from information_schema.schemata where schema_name = '{0}') + (select count(*) from mysql.user where user = "
      "'{0}');\n",
      site.database.str());
}

std::string make_temporary_administrator(const FrappeSite& site, const Secret& password) {
  const auto user = temporary_administrator(site);
  std::string sql = drop_temporary_administrator(site);
  for (const auto* host : {"%", "localhost"}) {
    sql += fmt::format(
        "create user '{0}'@'{1}' identified by '{2}';\ngrant reload, create user on *.* to '{0}'@'{1}';\ngrant all on `{3}`.* to "
        "'{0}'@'{1}' with grant option;\n",
        user, host, password.reveal(), escaped(site.database));
  }
  return sql;
}

std::string drop_temporary_administrator(const FrappeSite& site) {
  return fmt::format("drop user if exists '{0}'@'%', '{0}'@'localhost';\n", temporary_administrator(site));
}

std::string drop_database(const FrappeSite& site) {
  return fmt::format(
      "set @accounts = (select group_concat(concat(quote(user), '@', quote(host))) from mysql.user where user in ('{0}', '{1}'));\n"
      "execute immediate ifnull(concat('drop user ', @accounts), 'do 0');\ndrop database if exists `{0}`;\n",
      site.database.str(), temporary_administrator(site));
}

}  // namespace tenantctl::frappe
