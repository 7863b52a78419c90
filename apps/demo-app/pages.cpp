#include "pages.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace demo_app {
namespace {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;
using Rows = std::vector<std::vector<std::string>>;

std::optional<Rows> query(PGconn* connection, const char* statement) {
  const ResultHandle result(PQexec(connection, statement));
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return std::nullopt;
  Rows rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    for (int column = 0; column < PQnfields(result.get()); ++column)
      rows[static_cast<std::size_t>(row)].emplace_back(PQgetvalue(result.get(), row, column));
  }
  return rows;
}

std::optional<Answer> ping(PGconn* connection) {
  if (!query(connection, "select 1")) return std::nullopt;
  return Answer{.type = "application/json", .body = "{\"message\":\"pong\"}"};
}

/// A tenant with a database of its own has its settings in schema "tenantctl", one that shares a database in its own schema.
std::optional<Rows> read_settings(PGconn* connection) {
  const auto shares = query(connection, "select to_regclass('tenantctl_settings') is not null");
  if (!shares) return std::nullopt;
  const bool in_own_schema = shares->at(0)[0] == "t";
  return query(connection, in_own_schema
                               ? "select key, value from tenantctl_settings where key in ('company_name', 'plan', 'slug', 'code')"
                               : "select key, value from tenantctl.settings where key in ('company_name', 'plan', 'slug', 'code')");
}

/// Whose data this is: as the tenant's own database says, not as the request does.
std::optional<Answer> whoami(PGconn* connection) {
  const auto settings = read_settings(connection);
  if (!settings) return std::nullopt;
  std::string slug;
  std::string code;
  for (const auto& row : *settings) {
    if (row[0] == "slug") slug = row[1];
    if (row[0] == "code") code = row[1];
  }
  return Answer{.type = "application/json", .body = fmt::format(R"({{"slug":"{}","code":"{}"}})", slug, code)};
}

std::string courier_rows(const Rows& couriers) {
  std::string text;
  for (const auto& courier : couriers) {
    text += "<tr>";
    for (const auto& cell : courier) text += "<td>" + html_escaped(cell) + "</td>";
    text += "</tr>\n";
  }
  return text;
}

std::optional<Answer> home(PGconn* connection) {
  const auto settings = read_settings(connection);
  const auto count = query(connection, "select count(*) from couriers");
  const auto couriers = query(connection, "select name, country_code, phone, service_level from couriers order by name, code limit 20");
  if (!settings || !count || !couriers) return std::nullopt;
  std::map<std::string, std::string> setting;
  for (const auto& row : *settings) setting[row[0]] = html_escaped(row[1]);

  return Answer{.type = "text/html; charset=utf-8",
                .body = fmt::format(R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{0}</title></head>
<body>
<h1>{0}</h1>
<p>Tenant {1}, code {2}, plan {3}</p>
<h2>{4} couriers</h2>
<table>
<tr><th>Name</th><th>Country</th><th>Phone</th><th>Service</th></tr>
{5}</table>
</body>
</html>
)",
                                    setting["company_name"], setting["slug"], setting["code"], setting["plan"], count->at(0)[0],
                                    courier_rows(*couriers))};
}

using Page = std::optional<Answer> (*)(PGconn*);

/// A connection that was kept may have been cut since: then once more with a new one.
Answer from_database(ConnectionPool& pool, const std::string& tenant, Page page) {
  for (const auto freshness : {Freshness::any, Freshness::new_only}) {
    auto taken = pool.take(tenant, freshness);
    if (std::holds_alternative<UnknownTenant>(taken)) return {.status = 404, .body = "no such tenant\n"};
    if (std::holds_alternative<DatabaseRefused>(taken)) break;
    auto& lease = std::get<Lease>(taken);
    auto result = page(lease.connection.get());
    const bool was_reused = lease.reused;
    if (result) {
      pool.give_back(std::move(lease));
      return std::move(*result);
    }
    if (!was_reused) break;
  }
  return {.status = 503, .body = "the tenant's database does not answer\n"};
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += c;
    }
  }
  return result;
}

Answer answer(ConnectionPool& pool, std::string_view path, const std::string& tenant) {
  if (!is_slug(tenant)) return {.status = 400, .body = "the header X-Tenant does not name a tenant\n"};
  if (path == "/") return from_database(pool, tenant, home);
  if (path == "/whoami") return from_database(pool, tenant, whoami);
  if (path == "/api/method/ping") return from_database(pool, tenant, ping);
  return {.status = 404, .body = "no such page\n"};
}

}  // namespace demo_app
