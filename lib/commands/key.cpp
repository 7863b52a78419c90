// `key create|rotate|revoke|list|check`: API keys of a tenant. Their text goes out once, and comes in by every way but argv.
#include <fmt/format.h>

#include "commands/registry.hpp"
#include "core/moment.hpp"
#include "core/tenant_states.hpp"
#include "views/keys.hpp"

namespace tenantctl {
namespace {

Result<std::vector<KeyScope>> read_scopes(const std::vector<std::string>& words) {
  std::vector<KeyScope> scopes;
  for (const auto& word : words) {
    TRY_ASSIGN(auto scope, KeyScope::parse(word));
    if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(std::move(scope));
  }
  return scopes;
}

nlohmann::json scopes_document(const std::vector<KeyScope>& scopes) {
  auto list = nlohmann::json::array();
  for (const auto& scope : scopes) list.push_back(scope.str());
  return list;
}

/// A key for a tenant that is not there yet, or that will never be again, would be a riddle later.
Result<void> check_keys_work(const Tenant& tenant) { return check_in_use(tenant, ": it gets no API keys"); }

struct CreateKeyArgs {
  std::string tenant;
  std::vector<std::string> scopes;
  std::string expires;
};

Result<Report> create_key(const CreateKeyArgs& args, Services& services) {
  TRY_ASSIGN(auto scopes, read_scopes(args.scopes));
  const auto now = services.clock().now();
  std::optional<Instant> expires;
  if (!args.expires.empty()) {
    TRY_ASSIGN(expires, parse_moment(args.expires, now, Span::after_now));
    if (*expires <= now)
      return fail(make_error(ErrorCode::bad_value, fmt::format("--expires {} is over already", to_rfc3339(*expires)))
                      .with_hint("write it as in 90d, or as a later instant"));
  }
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY(check_keys_work(tenant));
  const auto token = token_from_random(random_bytes<8>(services.entropy()), random_bytes<32>(services.entropy()));
  const auto actor = services.actor();
  ApiKey key{.id = token.id,
             .tenant = tenant.id,
             .scopes = std::move(scopes),
             .secret = SecretHash::of(token.secret),
             .created_by = actor.name,
             .created_at = now,
             .expires_at = expires};
  nlohmann::json details{{"key", key.id.str()}, {"scopes", scopes_document(key.scopes)}};
  if (expires) details["expires_at"] = to_rfc3339(*expires);
  TRY(control.keys.add(key, audit_entry(actor, "key_create.succeeded", tenant, std::move(details))));
  return key_issued_report({.slug = tenant.slug.str(), .key = std::move(key), .token = token.text()});
}

struct ListKeysArgs {
  std::string tenant;
};

Result<Report> list_keys(const ListKeysArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(const auto keys, control.keys.list(tenant.id));
  return key_list_report(tenant.slug.str(), keys, services.clock().now());
}

/// Another tenant's key is as unknown as none.
Result<ApiKey> find_key(const Tenant& tenant, const std::string& text, ControlPlane& control) {
  TRY_ASSIGN(const auto id, ApiKeyId::parse(text));
  TRY_ASSIGN(auto key, control.keys.find(id));
  if (key && key->tenant == tenant.id) return std::move(*key);
  return fail(make_error(ErrorCode::key_not_found, fmt::format("tenant \"{}\" has no API key \"{}\"", tenant.slug.str(), id.str()))
                  .with_hint(fmt::format("run \"tenantctl key list {}\"", tenant.slug.str())));
}

struct RotateArgs {
  std::string tenant;
  std::string id;
  std::string grace = "24h";
};

Result<Report> rotate(const RotateArgs& args, Services& services) {
  TRY_ASSIGN(const auto grace, parse_span(args.grace));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY(check_keys_work(tenant));
  TRY_ASSIGN(auto key, find_key(tenant, args.id, control));
  const auto now = services.clock().now();
  if (key.expires_at && now >= *key.expires_at) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("API key \"{}\" has expired", key.id.str()))
                    .with_hint(fmt::format("run \"tenantctl key create {}\"", tenant.slug.str())));
  }
  const ApiToken token{.id = key.id, .secret = key_secret_from_random(random_bytes<32>(services.entropy()))};
  const Rotation rotation{.key = key.id, .secret = SecretHash::of(token.secret), .old_lives_until = now + grace};
  TRY(control.keys.rotate(rotation, audit_entry(services.actor(), "key_rotate.succeeded", tenant,
                                                {{"key", key.id.str()}, {"old_lives_until", to_rfc3339(rotation.old_lives_until)}})));
  key.rotated_at = now;
  key.old_lives_until = rotation.old_lives_until;
  return key_issued_report({.slug = tenant.slug.str(), .key = std::move(key), .token = token.text()});
}

struct RevokeArgs {
  std::string tenant;
  std::string id;
};

Result<Report> revoke(const RevokeArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(const auto key, find_key(tenant, args.id, control));
  TRY(control.keys.revoke(key.id, audit_entry(services.actor(), "key_revoke.succeeded", tenant, {{"key", key.id.str()}})));
  return key_revoked_report(tenant.slug.str(), key);
}

struct CheckArgs {
  std::string tenant;
  std::string file;
  std::string environment;
  std::vector<std::string> scopes;
};

Result<Secret> read_key(const CheckArgs& args, Services& services) {
  if (!args.file.empty()) return services.secret("file:" + args.file);
  if (!args.environment.empty()) return services.secret("env:" + args.environment);
  return services.secret("");
}

/// What has not even a key's form is as unknown as one that nobody has.
Result<Report> check(const CheckArgs& args, Services& services) {
  TRY_ASSIGN(const auto scopes, read_scopes(args.scopes));
  TRY_ASSIGN(const auto text, read_key(args, services));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  const auto token = parse_token(text);
  if (!token) return key_check_report(tenant.slug.str(), KeyVerdict::unknown, {});
  TRY_ASSIGN(const auto key, control.keys.find(token->id));
  const auto verdict = judge(*token, key, tenant, scopes, services.clock().now());
  if (verdict == KeyVerdict::good) TRY(control.keys.touch(key->id));
  return key_check_report(tenant.slug.str(), verdict, key);
}

}  // namespace

void add_key(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("key", "makes, checks and revokes API keys of tenants");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl key create acme --scope read --expires 90d");
  const auto add_id = [](CLI::App& sub, std::string& id) {
    sub.add_option("key", id, "the key's id: what stands between tctl_ and the next _")->required()->type_name("ID");
  };

  auto [create_sub, create_args] =
      add_command<CreateKeyArgs>(*group, "create", "makes a key and prints it, this once",
                                 "tenantctl key create acme --scope read --scope write --expires 90d", chosen, create_key);
  add_tenant(*create_sub, create_args->tenant);
  create_sub->add_option("--scope", create_args->scopes, "what it may be used for, in the application's words; may be repeated")
      ->type_name("WORD")
      ->take_all()
      ->allow_extra_args(false);
  create_sub->add_option("--expires", create_args->expires, "until when it is good: 90d, or 2026-11-21T08:47:09Z (else for ever)")
      ->type_name("TIME");

  auto [rotate_sub, rotate_args] = add_command<RotateArgs>(*group, "rotate", "gives a key a new secret and prints it, this once",
                                                           "tenantctl key rotate acme k3jd7q2mzxw5 --grace 24h", chosen, rotate);
  add_tenant(*rotate_sub, rotate_args->tenant);
  add_id(*rotate_sub, rotate_args->id);
  rotate_sub->add_option("--grace", rotate_args->grace, "how long the old secret lives on: 0, 30m, 24h, 7d")
      ->type_name("DURATION")
      ->capture_default_str();

  auto [revoke_sub, revoke_args] = add_command<RevokeArgs>(*group, "revoke", "ends a key at once and for good",
                                                           "tenantctl key revoke acme k3jd7q2mzxw5", chosen, revoke);
  add_tenant(*revoke_sub, revoke_args->tenant);
  add_id(*revoke_sub, revoke_args->id);

  auto [list_sub, list_args] = add_command<ListKeysArgs>(*group, "list", "lists the keys of a tenant, without their secrets",
                                                         "tenantctl key list acme", chosen, list_keys);
  add_tenant(*list_sub, list_args->tenant);

  auto [check_sub, check_args] =
      add_command<CheckArgs>(*group, "check", "says whether a key lets its holder in; status 7 where it does not",
                             "printf %s \"$KEY\" | tenantctl key check acme --scope read", chosen, check);
  add_tenant(*check_sub, check_args->tenant);
  auto* file =
      check_sub->add_option("--key-file", check_args->file, "the file that holds the key (else standard input)")->type_name("FILE");
  check_sub->add_option("--key-env", check_args->environment, "the environment variable that holds it")->type_name("NAME")->excludes(file);
  check_sub->add_option("--scope", check_args->scopes, "it must have this scope; may be repeated")
      ->type_name("WORD")
      ->take_all()
      ->allow_extra_args(false);
}

}  // namespace tenantctl
