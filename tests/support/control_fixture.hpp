// A control database of its own for each test, on the shared cluster, and the values that operations are opened with.
#pragma once
#include <fmt/format.h>

#include "adapters/postgres/control_database.hpp"
#include "support/postgres_cluster.hpp"
#include "support/postgres_session.hpp"

namespace tenantctl::test {

struct ControlFixture {
  std::string name;
  Secret url;
  ControlDatabase control;

  ControlFixture() : name(fresh_name()), url(PostgresCluster::shared().url(name)), control(url) {}

  /// With the schema in place.
  static std::unique_ptr<ControlFixture> migrated() {
    auto fixture = std::make_unique<ControlFixture>();
    if (const auto done = fixture->control.schema().migrate(); !done) FAIL(full_message(done.error()));
    return fixture;
  }

  Session look() const { return session(url); }

 private:
  static std::string fresh_name() {
    static int count = 0;
    return fmt::format("control_{}", ++count);
  }
};

inline OperationId operation_id(int number) { return *OperationId::parse(fmt::format("10000000-0000-4000-8000-{:012}", number)); }
inline TenantId tenant_id(int number) { return *TenantId::parse(fmt::format("20000000-0000-4000-8000-{:012}", number)); }

inline Tenant tenant_of(int number, const std::string& slug) {
  return {.id = tenant_id(number),
          .code = *TenantCode::parse(fmt::format("T{:07}", number)),
          .slug = *TenantSlug::parse(slug),
          .company_name = "Acme",
          .admin_email = "admin@acme.test",
          .stack = "shop",
          .plan = "trial",
          .server = "pg1",
          .database = fmt::format("shop_t{:07}", number),
          .domain = slug + ".yourapp.test"};
}

inline Operation create_of(int number, const std::string& slug) {
  return {.id = operation_id(number),
          .tenant = tenant_id(number),
          .slug = slug,
          .kind = "create",
          .actor = {.name = "ada", .host = "ops1", .pid = 4711}};
}

/// Of what ada did to the first tenant, "acme".
inline AuditEntry entry(const std::string& action) {
  return {.actor = "ada", .host = "ops1", .action = action, .tenant = tenant_id(1), .slug = "acme"};
}

inline Result<OperationTicket> open(ControlDatabase& control, int number, const std::string& slug,
                                    const TenantConfiguration& configuration = {}) {
  return control.operations().open_create(create_of(number, slug), tenant_of(number, slug),
                                          {*HostName::parse(slug + ".yourapp.test"), *HostName::parse("api." + slug + ".yourapp.test")},
                                          configuration, 0);
}

}  // namespace tenantctl::test
