// tenantctl.yaml as values, checked. Parsing is pure: text in, settings or an error with file, line and key out. It reads
// no file, no environment and no secret; references to secrets stay references here.
#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/dns.hpp"
#include "core/events.hpp"
#include "core/frappe_stack.hpp"
#include "core/mail.hpp"
#include "core/names.hpp"
#include "core/result.hpp"
#include "core/ssh_host.hpp"
#include "core/tls.hpp"
#include "core/trial.hpp"
#include "core/webhook.hpp"

namespace tenantctl {

/// A connection string, or where to find it: `url: "postgresql://…"` without a password, "env:NAME", "file:PATH".
struct UrlReference {
  std::string text;
};

struct DatabaseServerSettings {
  UrlReference url;
  std::string address_host;  // where applications connect; from `address: HOST:PORT`, else from the connection itself
  int address_port = 0;
  std::string through;    // the host that it is reached from, by SSH; empty: from here. The URL is then as seen from there
  std::string disk;       // a path on its disk, on that host; empty: how much is free there is not known
  int weight = 1;         // how many times as much it is to carry as one of weight 1
  int max_tenants = 0;    // 0: any number
  bool draining = false;  // gets no new tenants
};

struct PingSettings {
  std::string path = "/";
  std::string expect;  // must be in the answer's body; may be empty
  std::chrono::milliseconds limit{5000};
};

/// A page that says whose data it shows, for verify-isolation.
struct WhoamiSettings {
  std::string path = {};    // empty: there is none
  std::string expect = {};  // in its body: "{code}" or "{slug}" is the tenant's
};

/// A stack's own command for each new tenant.
struct AfterCreate {
  std::vector<std::string> argv = {};  // empty: there is none
  std::string host = {};               // empty: this machine
  std::string folder = {};             // on that host; empty: the login's own
  std::chrono::milliseconds limit{300'000};
};

/// A stack's own way to migrate a tenant, where it has no files of SQL for that.
struct MigrateCommand {
  AfterCreate run = {};      // where and for how long after_create runs
  std::string version = {};  // what it leads to, as the operator says
};

/// How many databases are kept ready for tenants to come.
struct PoolSettings {
  int size = 0;       // 0: none
  int low_water = 0;  // filled up again once no more than that are left
};

/// What each tenant of a stack has of its own.
enum class StackKind : std::uint8_t { database, schema, frappe };

/// Where a stack's applications read what their tenant is configured with: in the tenant's own table, or in a file.
enum class ConfigurationForm : std::uint8_t { table, file };

/// By what one of a stack's servers is chosen for a new tenant.
enum class PlaceBy : std::uint8_t { tenants, free_disk };

struct StackSettings {
  ConfigName name;
  StackKind kind = StackKind::database;
  std::vector<std::string> servers;  // at least one; for kind frappe: the bench's host
  PlaceBy place_by = PlaceBy::tenants;
  std::string database_pattern;               // "shop_{code}"; for kind schema, of the schema
  std::string shared_database = {};           // for kind schema: the database that all its tenants share
  std::vector<std::filesystem::path> schema;  // absolute
  std::vector<std::filesystem::path> seed;    // absolute
  std::filesystem::path migrations = {};      // absolute; empty: "migrations" beside the first schema file, if that is there
  std::string upstream;                       // "http://127.0.0.1:3000"
  PingSettings ping;
  WhoamiSettings whoami = {};
  AfterCreate after_create = {};
  std::optional<MigrateCommand> migrate_command = {};  // then `migrations` is not looked at
  PoolSettings pool = {};
  std::map<std::string, std::string> usage = {};               // SQL by which resources are counted; "{day}" in it is a day
  std::filesystem::path credentials_dir;                       // empty: --print-credentials is required
  ConfigurationForm configuration = ConfigurationForm::table;  // a file lies in credentials_dir. Not of kind frappe
  std::optional<FrappeStack> frappe = {};                      // for kind frappe, and only then
};

enum class NginxMode : std::uint8_t { routes, server_block };

struct NginxSettings {
  NginxMode mode = NginxMode::routes;
  std::string host = {};            // that nginx runs on, by SSH; empty: this machine. The paths below are on it
  std::filesystem::path dir;        // holds routes/STACK/, suspended/, sites/, generation.conf, status.sock
  std::vector<std::string> listen;  // "127.0.0.1:8080"
  std::string probe;                // "http://127.0.0.1:8080": where HTTP checks connect; from listen, unless set
  std::string binary = "nginx";     // these four: for `nginx -t` and reloads in server_block mode
  std::filesystem::path prefix;     // -p; empty: nginx's own
  std::filesystem::path conf;       // -c; empty: nginx's own
  std::filesystem::path pid_file = "/run/nginx.pid";
  std::filesystem::path access_log = {};  // where requests are written down, to be counted; empty: nowhere
  std::optional<NginxTls> tls = {};       // empty: http alone
};

struct BackupSettings {
  std::filesystem::path dir;              // empty: no backups are made
  int keep = 0;                           // of each tenant, the newest; 0: all
  int keep_days = 0;                      // and none that is older; 0: any
  std::optional<int> keep_old_days = {};  // of what restores have put aside; empty: until it is told to go
};

struct BillingSettings {
  std::string issuer;               // who asks for the money, as invoices print it; may have several lines
  std::string prefix = "INV-";      // of their numbers
  std::filesystem::path form = {};  // an HTML template in the place of the built-in one
};

struct Settings {
  std::filesystem::path file;  // where this was read from
  std::string domain;
  std::set<std::string> reserved;  // names refused besides reserved_slugs()
  UrlReference control;
  std::map<std::string, SshHost> hosts;  // those that are reached by SSH
  std::set<std::string> local_hosts;     // other names of this machine
  std::map<std::string, DatabaseServerSettings> servers;
  std::map<std::string, StackSettings> stacks;
  std::string default_stack;
  std::string default_plan = "trial";
  NginxSettings nginx;
  BackupSettings backups;
  DnsSettings dns;
  BillingSettings billing;
  TrialCalendar trials;
  std::optional<TlsSettings> tls;    // empty: tenants get no certificates
  std::optional<MailSettings> mail;  // empty: no mail is sent
  std::vector<WebhookSettings> webhooks;
  int quarantine_days = 30;     // for how long a deleted tenant's name is kept from use
  std::filesystem::path plans;  // empty: the embedded plans.yaml
};

/// Values of TENANTCTL_* variables that override the file, by variable name.
using SettingsOverrides = std::map<std::string, std::string>;

/// `file` is named in errors, and relative paths are taken from its folder; "~/" in SSH's files is `home`, which may be empty.
/// Errors: config_invalid.
Result<Settings> parse_settings(const std::filesystem::path& file, std::string_view text, const SettingsOverrides& overrides,
                                const std::filesystem::path& home = {});

/// Who is told of what: by mail and by webhooks.
Subscriptions subscriptions_of(const Settings& settings);

/// The variables that parse_settings understands, for docs and for collecting them from the environment.
std::span<const std::string_view> override_names();

}  // namespace tenantctl
