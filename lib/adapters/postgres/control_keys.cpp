#include "adapters/postgres/control_keys.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

#define KEY_COLUMNS                                                                                                                   \
  "id, tenant, to_jsonb(scopes), secret_hash, old_secret_hash, (extract(epoch from old_lives_until) * 1000000)::bigint, created_by, " \
  "(extract(epoch from created_at) * 1000000)::bigint, (extract(epoch from expires_at) * 1000000)::bigint, "                          \
  "(extract(epoch from rotated_at) * 1000000)::bigint, (extract(epoch from revoked_at) * 1000000)::bigint, "                          \
  "(extract(epoch from last_used_at) * 1000000)::bigint"

constexpr const char* k_add = R"sql(
  with added as (
    insert into api_keys (id, tenant, scopes, secret_hash, created_by, expires_at)
    values ($1, $2, (select coalesce(array_agg(s), '{}') from jsonb_array_elements_text($3::jsonb) s), $4, $5, $6::timestamptz) returning id)
  )sql" INSERT_AUDIT("7") " cross join added";

constexpr const char* k_rotate = R"sql(
  with rotated as (
    update api_keys set old_secret_hash = secret_hash, old_lives_until = $3::timestamptz, secret_hash = $2, rotated_at = clock_timestamp()
     where id = $1 and revoked_at is null returning id)
  )sql" INSERT_AUDIT("4") " cross join rotated";

constexpr const char* k_revoke = R"sql(
  with revoked as (
    update api_keys set revoked_at = clock_timestamp(), old_secret_hash = null, old_lives_until = null
     where id = $1 and revoked_at is null returning id)
  )sql" INSERT_AUDIT("2") " cross join revoked";

Result<ApiKey> key_at(const Rows& rows, int row) {
  TRY_ASSIGN(auto id, ApiKeyId::parse(rows.text(row, 0)));
  TRY_ASSIGN(auto tenant, TenantId::parse(rows.text(row, 1)));
  TRY_ASSIGN(const auto secret, SecretHash::parse(rows.text(row, 3)));
  ApiKey key{.id = std::move(id),
             .tenant = std::move(tenant),
             .secret = secret,
             .old_lives_until = optional_instant_at(rows, row, 5),
             .created_by = rows.text(row, 6),
             .created_at = instant_at(rows, row, 7),
             .expires_at = optional_instant_at(rows, row, 8),
             .rotated_at = optional_instant_at(rows, row, 9),
             .revoked_at = optional_instant_at(rows, row, 10),
             .last_used_at = optional_instant_at(rows, row, 11)};
  if (!rows.is_null(row, 4)) { TRY_ASSIGN(key.old_secret, SecretHash::parse(rows.text(row, 4))); }
  for (const auto& text : json_at(rows, row, 2)) {
    TRY_ASSIGN(auto scope, KeyScope::parse(text.get<std::string>()));
    key.scopes.push_back(std::move(scope));
  }
  return key;
}

std::string scopes_text(const std::vector<KeyScope>& scopes) {
  auto list = nlohmann::json::array();
  for (const auto& scope : scopes) list.push_back(scope.str());
  return to_text(list);
}

}  // namespace

Result<void> ControlKeys::add(const ApiKey& key, const AuditEntry& audit) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(k_add, {key.id.str(), key.tenant.str(), scopes_text(key.scopes), key.secret.hex(), storable(key.created_by),
                                timestamp_parameter(key.expires_at), audit_parameter(audit)}));
  return {};
}

Result<std::vector<ApiKey>> ControlKeys::list(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query("select " KEY_COLUMNS " from api_keys where tenant = $1 order by created_at, id", {tenant.str()}));
  std::vector<ApiKey> keys;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto key, key_at(rows, row));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::optional<ApiKey>> ControlKeys::find(const ApiKeyId& id) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " KEY_COLUMNS " from api_keys where id = $1", {id.str()}));
  if (rows.empty()) return std::optional<ApiKey>();
  TRY_ASSIGN(auto key, key_at(rows, 0));
  return std::optional<ApiKey>(std::move(key));
}

Result<void> ControlKeys::rotate(const Rotation& rotation, const AuditEntry& audit) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_rotate, {rotation.key.str(), rotation.secret.hex(),
                                                           timestamp_parameter(rotation.old_lives_until), audit_parameter(audit)}));
  if (rows.affected() > 0) return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("API key \"{}\" is revoked", rotation.key.str()))
                  .with_hint("make another one with \"tenantctl key create\""));
}

Result<void> ControlKeys::revoke(const ApiKeyId& id, const AuditEntry& audit) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(k_revoke, {id.str(), audit_parameter(audit)}));
  return {};
}

Result<void> ControlKeys::touch(const ApiKeyId& id) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(R"sql(
    update api_keys set last_used_at = clock_timestamp()
     where id = $1 and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute'))sql",
                        {id.str()}));
  return {};
}

Result<void> ControlKeys::rehearse(const std::function<Result<void>()>& scene) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto never_committed, Transaction::begin(*connection));
  return scene();
}

}  // namespace tenantctl::postgres
