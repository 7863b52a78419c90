// A PostgreSQL server over libpq, as a place for tenants' databases and schemas. It creates under names that were chosen before,
// proves what is its own by the roles' COMMENT and the database's or schema's owner, and touches nothing else. One per thread.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "adapters/postgres/server_way.hpp"
#include "ports/archiver.hpp"
#include "ports/database_server.hpp"
#include "ports/migrator.hpp"
#include "ports/usage_meter.hpp"

namespace tenantctl {

namespace postgres {
class Connection;
struct Guest;
enum class GuestRights : std::uint8_t;
}  // namespace postgres

/// How a database is cloned. One alone is made fastest by way of the log; of many at once the files are copied, because the log's
/// way leaves its cost to the next checkpoint, and each copy forces one.
enum class CloneStrategy : std::uint8_t { wal_log, file_copy };

class PostgresServer final : public DatabaseServer, public Archiver, public Migrator, public UsageMeter {
 public:
  /// `url`: of the provisioner, a superuser or a role with CREATEROLE and CREATEDB, in a maintenance database such as
  /// "postgres". `address`: what credentials say; an empty host means where the URL itself leads. `tunnel`: the way to the
  /// server, where it is not reached from here. Connects to nothing yet.
  explicit PostgresServer(Secret url, ServerAddress address = {}, std::unique_ptr<Tunnel> tunnel = nullptr);
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer() override;

  void clone_by(CloneStrategy strategy) { strategy_ = strategy; }

  void begin(const Claim& claim) override;
  Result<ServerInfo> server_info() override;
  Result<ServerUsage> usage() override;
  Result<DatabaseName> ensure_template(const TemplateSource& source) override;
  Result<Observed> observe_roles(const TenantDatabase& names) override;
  Result<void> create_roles(const TenantDatabase& names, const RoleLimits& limits) override;
  Result<RoleLimits> limits(const TenantDatabase& names) override;
  Result<void> set_limits(const TenantDatabase& names, const RoleLimits& limits) override;
  Result<void> drop_roles(const TenantDatabase& names) override;
  Result<Observed> observe_database(const TenantDatabase& names) override;
  Result<DatabaseName> create_database(const TenantDatabase& names, const TemplateSource& source) override;
  Result<void> drop_database(const TenantDatabase& names) override;
  Result<Observed> observe_access(const TenantDatabase& names) override;
  Result<void> grant_access(const TenantDatabase& names) override;
  Result<void> write_settings(const TenantDatabase& names, const std::map<std::string, std::string>& settings, MadeOf made_of) override;
  Result<void> update_settings(const TenantDatabase& names, const SettingsUpdate& update) override;
  Result<std::map<std::string, std::string>> read_settings(const TenantDatabase& names) override;
  Result<void> enable_login(const TenantDatabase& names, const Secret& password) override { return alter_login(names, password, "login "); }
  Result<void> set_password(const TenantDatabase& names, const Secret& password) override { return alter_login(names, password, ""); }
  Result<void> disable_login(const TenantDatabase& names) override;
  Result<Observed> observe_login(const TenantDatabase& names) override;
  Result<void> suspend_login(const TenantDatabase& names) override;
  Result<void> activate_login(const TenantDatabase& names) override;
  Result<ServerInventory> inventory() override;
  Result<std::vector<std::string>> open_doors(const DatabaseName& shared) override;
  Result<DatabaseName> template_name(const TemplateSource& source) const override;
  Result<void> drop_half_template(const DatabaseName& name) override;
  ServerAddress address() const override { return address_; }

  Result<Archive> dump(const TenantDatabase& names, const std::filesystem::path& folder) override;
  Result<void> restore(const TenantDatabase& names, const std::filesystem::path& folder, const Archive& archive) override;
  Result<void> hold(const DatabaseName& check) override;
  Result<void> swap(const TenantDatabase& live, const DatabaseName& in, const DatabaseName& aside) override;
  Result<void> rename(const TenantDatabase& names, const DatabaseName& to) override;
  Result<void> see_guests_out(const TenantDatabase& names) override { return see_guest_out(names); }
  Result<std::vector<ExportedTable>> write_out(const TenantDatabase& names, const std::filesystem::path& folder) override;
  Result<Contents> contents(const TenantDatabase& names) override;

  Result<MigrationEnd> migrate(const TenantDatabase& names, std::span<const Migration> files, const MigrationLimits& limits) override;

  Result<std::vector<Result<MeterReading>>> read(std::span<const MeteredTenant> tenants) override;
  Result<std::vector<Result<CountedRows>>> ask(const TenantDatabase& names, std::span<const std::string> queries) override;

 private:
  /// The connection to the maintenance database, opened again where it was lost. Errors: server_unreachable.
  Result<postgres::Connection*> admin();
  /// A connection to a tenant's database, kept until another one is asked for or leave() is called.
  Result<postgres::Connection*> inside(const DatabaseName& database);
  void leave();
  /// A session of its own in that database. Errors: server_unreachable, fenced.
  Result<std::unique_ptr<postgres::Connection>> enter(const std::string& database);

  std::string label() const;
  /// A new session with its claim confirmed and its forerunners ended: no statement of ours runs before that.
  Result<std::unique_ptr<postgres::Connection>> admitted(Result<std::unique_ptr<postgres::Connection>> opened);
  Result<void> claim_admin();
  Result<void> end_forerunners(postgres::Connection& connection) const;

  Result<void> close_login(const TenantDatabase& names, std::string_view how);
  Result<void> must_be_ours(const Observed& observed, const TenantDatabase& names) const;
  /// Errors: foreign_object; sql_failed where the database or schema is not there as a whole.
  Result<void> must_be_whole(const TenantDatabase& names);
  Error not_granted(const TenantDatabase& names, std::string why, const std::vector<std::string>& warnings) const;
  Result<void> clone_template(const TenantDatabase& names, const DatabaseName& from_template);
  Result<void> drop_now(postgres::Connection& connection, const DatabaseName& database);

  // schemas.cpp: what the functions of the same names promise, where the names have a schema.
  Result<Observed> observe_schema(const TenantDatabase& names);
  Result<void> create_schema(const TenantDatabase& names, const TemplateSource& source);
  Result<void> drop_schema(const TenantDatabase& names);
  Result<void> drop_schema_now(postgres::Connection& connection, const TenantDatabase& names);
  Result<Observed> observe_schema_access(const TenantDatabase& names);
  Result<void> grant_schema_access(const TenantDatabase& names);

  // archive.cpp
  /// A session that sees the data of one moment until it ends, and how a program comes to see the same.
  struct View {
    std::unique_ptr<postgres::Connection> session;
    std::string snapshot;
    Secret conninfo;
  };
  /// Errors: foreign_object; sql_failed where it is not there as a whole.
  Result<View> view_of(const TenantDatabase& names);
  Result<postgres::Connection*> nobody_in(const std::vector<DatabaseName>& databases);
  Result<void> alter_login(const TenantDatabase& names, const Secret& password, std::string_view how);
  Result<void> hand_over_to_login(const TenantDatabase& names, const Archive& archive);

  // guests.cpp
  Result<void> drop_guest(const TenantDatabase& names);
  Result<void> see_guest_out(const TenantDatabase& names, const postgres::Guest* only = nullptr);
  Result<std::unique_ptr<postgres::Connection>> enter_as(const postgres::Guest& guest, const std::string& database);
  /// Does the work in a session in the tenant's database that logged in as a new guest, who then goes.
  Result<void> by_guest(const TenantDatabase& names, const std::function<Result<void>(postgres::Connection&)>& work,
                        postgres::GuestRights rights);

  // usage_meter.cpp
  Result<std::int64_t> size_inside(const MeteredTenant& tenant);

  postgres::ServerWay way_;  // outlives the connections that go it
  CloneStrategy strategy_ = CloneStrategy::wal_log;
  ServerAddress address_;
  std::unique_ptr<postgres::Connection> admin_;
  bool is_admin_claimed_ = false;  // false: it was opened before the operation began
  std::unique_ptr<postgres::Connection> inside_;
  std::string inside_name_;
  std::optional<Claim> claim_;
  bool forerunners_ended_ = false;
};

}  // namespace tenantctl
