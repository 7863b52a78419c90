#include "core/expiry.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using namespace std::chrono_literals;

namespace {

const Instant k_expiry{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

Tenant ephemeral() {
  return {.id = *TenantId::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
          .code = *TenantCode::parse("T0000001"),
          .slug = *TenantSlug::parse("preview"),
          .status = TenantStatus::active,
          .expires_at = k_expiry};
}

}  // namespace

TEST_CASE("a tenant is wanted for one minute to 365 days", "[expiry]") {
  CHECK(parse_ttl("1m").value() == 1min);
  CHECK(parse_ttl("60s").value() == 1min);
  CHECK(parse_ttl("2h").value() == 2h);
  CHECK(parse_ttl("365d").value() == 365 * 24h);
  for (const auto* text : {"", "0", "59s", "500ms", "366d", "53w", "2", "h", "-2h", "2h30m", "2 h", "tomorrow", "2026-11-23"}) {
    INFO('"' << text << '"');
    const auto ttl = parse_ttl(text);
    REQUIRE_FALSE(ttl);
    CHECK(info(ttl.error().code).exit_status == 2);
    CHECK_THAT(ttl.error().hint, Catch::Contains("2h"));
  }
}

TEST_CASE("a tenant is to go from the very end of its time on, in whatever state it is", "[expiry]") {
  auto tenant = ephemeral();
  const ExpiryDue due{.id = tenant.id, .slug = "preview"};
  CHECK_FALSE(is_still_due(due, tenant, k_expiry - 1us));
  for (const auto status :
       {TenantStatus::provisioning, TenantStatus::active, TenantStatus::suspended, TenantStatus::cancelled, TenantStatus::failed}) {
    tenant.status = status;
    CHECK(is_still_due(due, tenant, k_expiry));
  }
  tenant.status = TenantStatus::deleted;
  CHECK_FALSE(is_still_due(due, tenant, k_expiry));
}

TEST_CASE("a tenant that was given more time is not to go, nor is another one that has its name by now", "[expiry]") {
  auto tenant = ephemeral();
  const ExpiryDue due{.id = tenant.id, .slug = "preview"};
  tenant.expires_at = k_expiry + 1h;
  CHECK_FALSE(is_still_due(due, tenant, k_expiry));
  tenant.expires_at.reset();
  CHECK_FALSE(is_still_due(due, tenant, k_expiry));
  tenant = ephemeral();
  tenant.id = *TenantId::parse("bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee");
  CHECK_FALSE(is_still_due(due, tenant, k_expiry));
}
