#include "adapters/postgres/control_operations.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

#define OPERATION_COLUMNS                                                                                                    \
  "id, tenant, slug, kind, pipeline_version, parameters, actor_name, actor_host, actor_pid, state, fence, idempotency_key, " \
  "error_code, error_message, (extract(epoch from started_at) * 1000000)::bigint, (extract(epoch from finished_at) * 1000000)::bigint"

Result<Operation> operation_at(const Rows& rows, int row) {
  TRY_ASSIGN(auto id, OperationId::parse(rows.text(row, 0)));
  TRY_ASSIGN(auto tenant, TenantId::parse(rows.text(row, 1)));
  TRY_ASSIGN(const auto state, parse_operation_state(rows.text(row, 9)));
  return Operation{.id = std::move(id),
                   .tenant = std::move(tenant),
                   .slug = rows.text(row, 2),
                   .kind = rows.text(row, 3),
                   .pipeline_version = static_cast<int>(rows.integer(row, 4)),
                   .parameters = json_at(rows, row, 5),
                   .actor = {.name = rows.text(row, 6), .host = rows.text(row, 7), .pid = static_cast<int>(rows.integer(row, 8))},
                   .state = state,
                   .fence = rows.integer(row, 10),
                   .idempotency_key = rows.text(row, 11),
                   .error_code = rows.text(row, 12),
                   .error_message = rows.text(row, 13),
                   .started_at = instant_at(rows, row, 14),
                   .finished_at = optional_instant_at(rows, row, 15)};
}

Result<std::vector<Operation>> operations_of(const Rows& rows) {
  std::vector<Operation> operations;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto operation, operation_at(rows, row));
    operations.push_back(std::move(operation));
  }
  return operations;
}

Error no_such_operation(const OperationId& id) {
  return make_error(ErrorCode::operation_not_found, fmt::format("no operation has the id \"{}\"", id.str()))
      .with_hint("run \"tenantctl operations list\"");
}

}  // namespace

Result<OperationTicket> ControlOperations::take_over(const OperationId& operation, const Actor& actor) {
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows, connection.query(R"sql(
    with taken as (
      update operations set fence = fence + 1, actor_name = $2, actor_host = $3, actor_pid = $4
       where id = $1 returning *),
    audit as (
      insert into audit_log (actor, host, action, tenant, slug, operation)
      select actor_name, actor_host, kind || '.taken_over', tenant, slug, id from taken)
    select fence from taken)sql",
                                                 {operation.str(), actor.name, actor.host, std::to_string(actor.pid)}));
    if (rows.empty()) return fail(no_such_operation(operation));
    return rows.integer(0, 0);
  };
  // Raised once more, the fence is as good.
  TRY_ASSIGN(const auto fence, session_.write_surely(write, ControlSession::is_repeatable));
  return OperationTicket{.id = operation, .fence = fence};
}

Result<Operation> ControlOperations::find_create(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " OPERATION_COLUMNS
                                                " from operations where tenant = $1 and kind = 'create' order by started_at desc limit 1",
                                                {tenant.str()}));
  if (rows.empty())
    return fail(ErrorCode::operation_not_found, fmt::format("the journal does not know the create of tenant {}", tenant.str()));
  return operation_at(rows, 0);
}

Result<Operation> ControlOperations::find(const OperationId& operation) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " OPERATION_COLUMNS " from operations where id = $1", {operation.str()}));
  if (rows.empty()) return fail(no_such_operation(operation));
  return operation_at(rows, 0);
}

Result<std::vector<Operation>> ControlOperations::list(const OperationFilter& filter) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " OPERATION_COLUMNS R"sql(
      from operations
     where ($1::text is null or slug = $1) and ($2::boolean is false or state in ('running', 'undoing', 'stuck'))
     order by started_at desc, id limit $3)sql",
                                                {filter.slug.empty() ? Parameter() : Parameter(filter.slug),
                                                 filter.only_unfinished ? "true" : "false", std::to_string(filter.limit)}));
  return operations_of(rows);
}

Result<std::optional<Operation>> ControlOperations::find_by_idempotency_key(const std::string& key) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " OPERATION_COLUMNS " from operations where idempotency_key = $1", {key}));
  if (rows.empty()) return std::optional<Operation>();
  TRY_ASSIGN(auto operation, operation_at(rows, 0));
  return std::optional<Operation>(std::move(operation));
}

}  // namespace tenantctl::postgres
