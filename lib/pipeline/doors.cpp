#include "pipeline/doors.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

Door route_door(const CreatePlan& plan, SiteRouter& router, Closure why) {
  const auto route = route_of(plan);
  return {.what = fmt::format("\"{}\" and \"{}\"", route.front.str(), route.back.str()),
          .evidence = evidence_of(route),
          .look = [route, &router, why] { return router.observe_closure(route, why); },
          .close = [route, &router, why] { return router.close(route, why); },
          .open = [route, &router, why] { return router.open(route, why); }};
}

Door login_door(const TenantDatabase& names, DatabaseServer& server) {
  return {.what = fmt::format("login \"{}\"", names.login.str()),
          .evidence = evidence_of(names),
          .look = [names, &server]() -> Result<Observed> {
            TRY_ASSIGN(auto seen, server.observe_login(names));
            seen.presence = opposite(seen.presence);
            return seen;
          },
          .close = [names, &server] { return server.suspend_login(names); },
          .open = [names, &server] { return server.activate_login(names); }};
}

Door site_door(const FrappeSite& site, FrappeBench& bench) {
  return {.what = fmt::format("site \"{}\"", site.name.str()),
          .evidence = to_json(site),
          .look = [site, &bench] { return bench.observe_suspension(site); },
          .close = [site, &bench] { return bench.suspend_site(site); },
          .open = [site, &bench] { return bench.activate_site(site); }};
}

}  // namespace tenantctl
