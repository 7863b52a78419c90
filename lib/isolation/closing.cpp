#include "isolation/closing.hpp"

#include <fmt/format.h>

#include <set>

#include "isolation/proof.hpp"

namespace tenantctl {

std::vector<Closing> closings_of(const std::vector<TenantIsolation>& tenants) {
  std::vector<Closing> closings;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const auto& tenant : tenants) {
    for (const auto& finding : tenant.findings) {
      if (finding.verdict != Verdict::breach) continue;
      for (const auto& statement : finding.statements) {
        if (seen.emplace(tenant.server, statement.database, statement.sql).second)
          closings.push_back({.server = tenant.server, .statement = statement});
      }
    }
  }
  return closings;
}

Result<void> close_hole(const Closing& closing, SqlDoors& doors) {
  const auto entered = doors.enter_as_provisioner(closing.statement.database);
  if (!entered.session) return fail(make_error(ErrorCode::server_unreachable, said(entered.answer)).may_retry());
  // The tenant may have put its own objects where names are looked up.
  const auto answer = entered.session->run("set search_path = pg_catalog; " + closing.statement.sql);
  if (answer.done) return {};
  return fail(make_error(ErrorCode::sql_failed, fmt::format("\"{}\" failed: {}", closing.statement.sql, said(answer)))
                  .with_hint("run it by hand as a superuser, then \"tenantctl verify-isolation\" again"));
}

}  // namespace tenantctl
