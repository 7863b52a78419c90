#include "adapters/postgres/tables_only.hpp"

namespace tenantctl::postgres {

Result<void> read_tables_only(Connection& connection) {
  TRY(connection.script(R"sql(
    set local search_path = pg_catalog; set local row_security = off;
    select set_config(name, 'view, foreign-table', true) from pg_settings where name = 'restrict_nonsystem_relation_kind')sql"));
  return {};
}

}  // namespace tenantctl::postgres
