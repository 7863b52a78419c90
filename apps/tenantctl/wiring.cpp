#include "wiring.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "adapters/backups/backup_folder.hpp"
#include "adapters/backups/new_folder.hpp"
#include "adapters/credentials/credential_files.hpp"
#include "adapters/dns/cloudflare_zone.hpp"
#include "adapters/dns/nameservers.hpp"
#include "adapters/dns/rfc2136_zone.hpp"
#include "adapters/files/text_file.hpp"
#include "adapters/frappe/shell_bench.hpp"
#include "adapters/frappe/shell_site_doors.hpp"
#include "adapters/http/curl_probe.hpp"
#include "adapters/http/curl_webhooks.hpp"
#include "adapters/mail/smtp_mailer.hpp"
#include "adapters/nginx/local_site_host.hpp"
#include "adapters/nginx/nginx_folder.hpp"
#include "adapters/nginx/nginx_routes.hpp"
#include "adapters/nginx/nginx_server_blocks.hpp"
#include "adapters/nginx/remote_site_host.hpp"
#include "adapters/postgres/conninfo.hpp"
#include "adapters/postgres/control_database.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/login_probe.hpp"
#include "adapters/postgres/sql_doors.hpp"
#include "adapters/process/local_shell.hpp"
#include "adapters/sandbox/local_sandbox.hpp"
#include "adapters/ssh/host_keys.hpp"
#include "adapters/ssh/ssh_shell.hpp"
#include "adapters/ssh/ssh_tunnel.hpp"
#include "adapters/system/system_clock.hpp"
#include "adapters/system/system_entropy.hpp"
#include "adapters/tls/certbot.hpp"
#include "commands/hosts.hpp"
#include "configuration.hpp"
#include "core/embedded.hpp"
#include "signals.hpp"
#include "terminal_progress.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

std::string login_name() {
  for (const char* variable : {"SUDO_USER", "USER", "LOGNAME"}) {
    if (const char* name = std::getenv(variable); name != nullptr && *name != '\0') return name;
  }
  const auto* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : fmt::format("uid {}", ::geteuid());
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

Result<Secret> first_line_of_input() {
  std::string line;
  if (std::getline(std::cin, line)) return Secret(std::move(line));
  return fail(make_error(ErrorCode::secret_unavailable, "standard input holds no line")
                  .with_hint("pipe it in, as in: printf %s \"$KEY\" | tenantctl …"));
}

/// The demo app lies beside the program itself.
fs::path beside_us(const char* program) {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path() / program;
}

/// What certbot runs for each proof that it is to show in the zone; see "certs proof".
std::vector<std::string> prover(const fs::path& config) {
  std::error_code ignored;
  return {fs::read_symlink("/proc/self/exe", ignored).string(), "--config", fs::absolute(config).string(), "certs", "proof"};
}

/// Whether this process makes one tenant, or many at once from several threads.
enum class Crowd { one, many };

/// With the actor found once, here: the system's own look-up is not for several threads.
GlobalOptions silent(GlobalOptions options, std::string actor) {
  options.actor = std::move(actor);
  options.verbosity = Verbosity::quiet;
  return options;
}

/// What the services of one process have in common; copies are the same.
struct OfProcess {
  std::shared_ptr<ReloadGroup> reloads = std::make_shared<ReloadGroup>();
  std::shared_ptr<cloudflare::PostGroup> posts = std::make_shared<cloudflare::PostGroup>();
  std::optional<Subscriptions> subscriptions = {};  // of the configuration; empty until that is read
  SharedFlag certificates_wanted = {};
};

class ProductionServices : public Services {
 public:
  explicit ProductionServices(GlobalOptions options, Crowd crowd = Crowd::one, OfProcess shared = {})
      : options_(std::move(options)), crowd_(crowd), shared_(std::move(shared)), progress_(options_) {
    if (crowd_ == Crowd::one) watch_signals();
  }

  Result<const Settings*> settings() override {
    if (!settings_) {
      TRY_ASSIGN(const auto file, find_config(options_.config));
      auto text = read_text_file(file);
      if (!text) return fail(make_error(ErrorCode::config_missing, text.error().message).with_hint("name a readable file with --config"));
      TRY_ASSIGN(settings_, parse_settings(file, *text, overrides_from_environment(), user_home()));
    }
    return &*settings_;
  }

  Result<const PlanCatalog*> plans() override {
    if (catalog_) return &*catalog_;
    fs::path file;
    if (auto settings = this->settings()) file = (*settings)->plans;
    else if (settings.error().code != ErrorCode::config_missing || !options_.config.empty()) return fail(settings.error());
    if (file.empty()) {
      TRY_ASSIGN(catalog_, PlanCatalog::parse("built-in plans.yaml", embedded_file("plans.yaml").value_or("")));
      return &*catalog_;
    }
    auto text = read_text_file(file);
    if (!text) return fail(make_error(ErrorCode::plans_invalid, text.error().message).with_hint("correct plans: in tenantctl.yaml"));
    TRY_ASSIGN(catalog_, PlanCatalog::parse(file, *text));
    return &*catalog_;
  }

  Result<ControlPlane> control() override {
    TRY(open_control());
    TRY(control_->check());
    return ControlPlane{.journal = control_->journal(),
                        .operations = control_->operations(),
                        .tenants = control_->tenants(),
                        .audit = control_->audit(),
                        .configurations = control_->configurations(),
                        .keys = control_->keys(),
                        .domains = control_->domains(),
                        .batches = control_->batches(),
                        .pool = control_->pool(),
                        .migrations = control_->tenant_migrations(),
                        .old_copies = control_->old_copies(),
                        .isolation = control_->isolation(),
                        .outbox = control_->outbox(),
                        .certificates = control_->certificates(),
                        .terms = control_->terms(),
                        .usage = control_->usage(),
                        .trials = control_->trials(),
                        .billing = control_->billing(),
                        .expiry = control_->expiry()};
  }

  Result<ControlSchema*> control_schema() override {
    TRY(open_control());
    return &control_->schema();
  }

  Result<DatabaseServer*> server(const std::string& name) override {
    if (const auto known = servers_.find(name); known != servers_.end()) return known->second.get();
    TRY_ASSIGN(auto server, new_server(name));
    if (crowd_ == Crowd::many) server->clone_by(CloneStrategy::file_copy);
    return servers_.emplace(name, std::move(server)).first->second.get();
  }

  Result<LoginProbe*> login_probe(const std::string& server) override {
    if (const auto known = login_probes_.find(server); known != login_probes_.end()) return known->second.get();
    TRY_ASSIGN(auto access, access_to(server));
    return login_probes_.emplace(server, std::make_unique<PostgresLoginProbe>(std::move(access.url), std::move(access.tunnel)))
        .first->second.get();
  }

  Result<std::unique_ptr<SqlDoors>> doors(const std::string& server) override {
    TRY_ASSIGN(auto access, access_to(server));
    return std::make_unique<PostgresDoors>(std::move(access.url), std::move(access.tunnel));
  }

  Result<std::unique_ptr<Archiver>> archiver(const std::string& server) override { return new_server(server); }

  Result<Migrator*> migrator(const std::string& server) override {
    if (const auto known = migrators_.find(server); known != migrators_.end()) return known->second.get();
    TRY_ASSIGN(auto opened, new_server(server));
    return migrators_.emplace(server, std::move(opened)).first->second.get();
  }

  Result<UsageMeter*> meter(const std::string& server) override {
    if (const auto known = meters_.find(server); known != meters_.end()) return known->second.get();
    TRY_ASSIGN(auto opened, new_server(server));
    return meters_.emplace(server, std::move(opened)).first->second.get();
  }

  Result<BackupStore*> backups(const fs::path& folder) override {
    TRY_ASSIGN(const auto* settings, this->settings());
    const auto& root = folder.empty() ? settings->backups.dir : folder;
    if (root.empty())
      return fail(make_error(ErrorCode::config_invalid, fmt::format("{} says nowhere where backups go", settings->file.string()))
                      .with_hint("add backups: { dir: /var/lib/tenantctl/backups }"));
    return &backups_.try_emplace(root, root).first->second;
  }

  Result<std::unique_ptr<ExportFolder>> export_folder(const fs::path& wanted) override { return NewFolder::begin(wanted); }

  Result<Shell*> shell(const std::string& host) override {
    if (host.empty()) return &shell_;
    if (const auto known = shells_.find(host); known != shells_.end()) return known->second.get();
    TRY_ASSIGN(const auto* settings, this->settings());
    TRY_ASSIGN(const auto* found, find_host(*settings, host));
    return shells_.emplace(host, std::make_unique<SshShell>(*found)).first->second.get();
  }

  Result<FrappeBench*> bench(const std::string& stack) override {
    if (const auto known = benches_.find(stack); known != benches_.end()) return known->second.get();
    TRY_ASSIGN(auto way, way_to_bench(stack));
    return benches_.emplace(stack, std::make_unique<ShellBench>(std::move(way.access), *way.host, entropy_)).first->second.get();
  }

  Result<std::unique_ptr<SiteDoors>> site_doors(const std::string& stack) override {
    TRY_ASSIGN(auto way, way_to_bench(stack));
    return std::make_unique<ShellSiteDoors>(std::move(way.access), *way.host);
  }

  Result<SiteRouter*> router(NginxMode mode, const std::string& host) override {
    auto& router = routers_[{mode, host}];
    if (!router) {
      TRY_ASSIGN(const auto* settings, this->settings());
      TRY_ASSIGN(auto site_host, this->site_host(mode, host));
      // A host behind SSH asks each claim itself, so that each operation goes there alone.
      const auto group = host.empty() ? shared_.reloads : std::make_shared<ReloadGroup>();
      if (mode == NginxMode::routes) {
        router = std::make_unique<NginxRoutes>(settings->nginx, std::move(site_host), group);
      } else {
        router = std::make_unique<NginxServerBlocks>(settings->nginx, settings->stacks, settings->domain, std::move(site_host), group);
      }
    }
    return router.get();
  }

  Result<DnsZone*> zone() override {
    if (zone_) return zone_.get();
    TRY_ASSIGN(const auto* settings, this->settings());
    if (!makes_records(settings->dns.provider)) {
      return fail(make_error(ErrorCode::config_invalid, fmt::format("{} names no zone that records are made in", settings->file.string()))
                      .with_hint("put dns: back as it was when the records were made"));
    }
    TRY_ASSIGN(auto secret, resolve({settings->dns.secret}));
    const auto interrupted = [this] { return this->interrupted(); };
    if (settings->dns.provider == DnsProvider::cloudflare) {
      TRY(open_control());
      zone_ = std::make_unique<CloudflareZone>(settings->dns, secret, control_->budget(), interrupted, shared_.posts);
    } else {
      zone_ = std::make_unique<Rfc2136Zone>(settings->dns, std::move(secret), interrupted);
    }
    return zone_.get();
  }

  Result<DnsLookup*> lookup() override {
    if (lookup_) return lookup_.get();
    TRY_ASSIGN(const auto* settings, this->settings());
    lookup_ = std::make_unique<Nameservers>(settings->dns.nameservers);
    return lookup_.get();
  }

  Result<CertificateIssuer*> issuer() override {
    if (issuer_) return issuer_.get();
    TRY_ASSIGN(const auto* settings, this->settings());
    if (!settings->tls) {
      return fail(make_error(ErrorCode::config_invalid, fmt::format("{} says nothing of certificates", settings->file.string()))
                      .with_hint("put tls: back as it was, or add tls: { provider: certbot, agree_tos: true }"));
    }
    TRY_ASSIGN(auto* host, shell(settings->nginx.host));
    issuer_ = std::make_unique<Certbot>(*settings->tls, *host, prover(settings->file));
    return issuer_.get();
  }
  bool has_certificates_to_get() override { return shared_.certificates_wanted.raised(); }

  Result<Mailer*> mailer() override {
    if (mailer_) return mailer_.get();
    TRY_ASSIGN(const auto* settings, this->settings());
    if (!settings->mail) {
      return fail(make_error(ErrorCode::config_invalid, fmt::format("{} names no mail server", settings->file.string()))
                      .with_hint("add mail: { smtp: \"smtp://127.0.0.1:25\", from: hello@" + settings->domain + " }"));
    }
    Secret password("");
    if (!settings->mail->password.empty()) { TRY_ASSIGN(password, resolve({settings->mail->password})); }
    mailer_ = std::make_unique<SmtpMailer>(*settings->mail, std::move(password), [this] { return interrupted(); });
    return mailer_.get();
  }

  WebhookSender& webhooks() override { return webhooks_; }
  bool has_events() override { return shared_.subscriptions && shared_.subscriptions->has_events(); }

  Result<fs::path> prepare_nginx() override {
    TRY_ASSIGN(const auto* settings, this->settings());
    TRY_ASSIGN(const auto host, site_host(settings->nginx.mode, settings->nginx.host));
    return prepare_nginx_folder(*host, settings->nginx, settings->domain, settings->stacks);
  }

  Result<Sandbox*> sandbox(const fs::path& dir) override {
    const auto folder = dir.empty() ? default_sandbox_dir() : dir;
    if (folder.empty()) return fail(make_error(ErrorCode::usage, "neither $XDG_STATE_HOME nor $HOME is set").with_hint("pass --dir DIR"));
    sandbox_ = std::make_unique<LocalSandbox>(folder, beside_us("demo-app"), shell_);
    return sandbox_.get();
  }

  void use_config(const fs::path& file) override {
    options_.config = file;
    settings_.reset();
    catalog_.reset();
    zone_.reset();  // before the control database, whose budget it may use
    control_.reset();
    servers_.clear();
    migrators_.clear();
    meters_.clear();
    login_probes_.clear();
    shared_.subscriptions.reset();
    mailer_.reset();
    lookup_.reset();
    issuer_.reset();  // these three before the shells that they use
    benches_.clear();
    routers_.clear();
    shells_.clear();
  }

  Result<void> confirm(const std::string& question) override {
    if (options_.yes) return {};
    return confirm_in_person(question, "pass --yes");
  }

  Result<void> confirm_in_person(const std::string& question, const std::string& otherwise) override {
    const bool can_ask = options_.output == OutputFormat::table && ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0;
    if (!can_ask)
      return fail(make_error(ErrorCode::confirmation_required, "this needs to be confirmed, and nobody can be asked: " + question)
                      .with_hint(otherwise));
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "yes") return {};
    return fail(make_error(ErrorCode::confirmation_required, "not confirmed; nothing was changed"));
  }

  HostKeys& host_keys() override { return host_keys_; }
  CredentialStore& credentials() override { return credentials_; }
  HttpProbe& http() override {
    if (const auto settings = this->settings(); settings && (*settings)->nginx.tls)
      http_.follow_to_https({.address = (*settings)->nginx.tls->probe, .roots = (*settings)->nginx.tls->roots});
    return http_;
  }
  Clock& clock() override { return clock_; }
  Entropy& entropy() override { return entropy_; }
  Progress& progress() override { return progress_; }
  Result<void> check_writable(const std::string& host, const fs::path& folder) override {
    TRY_ASSIGN(const auto site_host, this->site_host(NginxMode::routes, host));
    return site_host->check_writable(folder);
  }
  Result<std::string> read_file(const fs::path& file) override { return read_text_file(file); }
  Result<std::vector<fs::path>> files_in(const fs::path& folder) override { return files_of(folder); }
  Result<Secret> secret(const std::string& reference) override {
    if (reference.empty()) return first_line_of_input();
    auto found = resolve({reference});
    if (!found && reference.starts_with("file:"))
      return fail(std::move(found).error().with_hint("name a file that holds it and nothing else, of mode 0600"));
    return found;
  }
  Actor actor() override {
    return {.name = options_.actor.empty() ? login_name() : options_.actor, .host = host_name(), .pid = ::getpid()};
  }
  std::unique_ptr<Services> for_thread() override {
    if (const auto settings = this->settings(); settings && !shared_.subscriptions) shared_.subscriptions = subscriptions_of(**settings);
    return std::make_unique<ProductionServices>(silent(options_, actor().name), Crowd::many, shared_);
  }
  std::optional<Error> interrupted() override { return crowd_ == Crowd::one ? signal_received() : std::nullopt; }

 private:
  struct ServerAccess {
    Secret url;
    ServerAddress address;
    std::unique_ptr<Tunnel> tunnel;  // empty where the server is reached from here
  };

  Result<ServerAccess> access_to(const std::string& name) {
    TRY_ASSIGN(const auto* settings, this->settings());
    const auto found = settings->servers.find(name);
    if (found == settings->servers.end()) {
      return fail(make_error(ErrorCode::config_invalid, fmt::format("{} has no database server \"{}\"", settings->file.string(), name))
                      .with_hint("add it under database_servers"));
    }
    TRY_ASSIGN(auto url, resolve(found->second.url));
    std::unique_ptr<Tunnel> tunnel;
    if (const auto& through = found->second.through; !through.empty()) {
      auto target = postgres::tunnel_target(url);
      if (!target) return fail(std::move(target).error().with_context(fmt::format("database server \"{}\"", name)));
      tunnel = std::make_unique<SshTunnel>(settings->hosts.at(through), std::move(*target));
    }
    return ServerAccess{.url = std::move(url),
                        .address = {.host = found->second.address_host, .port = found->second.address_port},
                        .tunnel = std::move(tunnel)};
  }

  struct BenchWay {
    BenchAccess access;
    Shell* host;
  };

  Result<BenchWay> way_to_bench(const std::string& stack) {
    TRY_ASSIGN(const auto* settings, this->settings());
    const auto found = settings->stacks.find(stack);
    if (found == settings->stacks.end() || !found->second.frappe) {
      return fail(
          make_error(ErrorCode::config_invalid, fmt::format("{} has no stack \"{}\" of kind \"frappe\"", settings->file.string(), stack))
              .with_hint("add it under stacks"));
    }
    const auto& frappe = *found->second.frappe;
    TRY_ASSIGN(auto password, resolve({frappe.database_admin.password}));
    Shell* host = &shell_;
    if (!settings->local_hosts.contains(frappe.host)) { TRY_ASSIGN(host, shell(frappe.host)); }
    return BenchWay{.access = {.host = frappe.host,
                               .keeper = {.user = frappe.database_admin.user,
                                          .password = std::move(password),
                                          .host = frappe.database_admin.host,
                                          .port = frappe.database_admin.port},
                               .web = frappe.web},
                    .host = host};
  }

  Result<std::unique_ptr<PostgresServer>> new_server(const std::string& name) {
    TRY_ASSIGN(auto access, access_to(name));
    return std::make_unique<PostgresServer>(std::move(access.url), std::move(access.address), std::move(access.tunnel));
  }

  /// Changes of server blocks exclude each other and reload nginx, so that others are waited for longer.
  Result<std::unique_ptr<SiteHost>> site_host(NginxMode mode, const std::string& host) {
    const std::chrono::seconds patience(mode == NginxMode::server_block ? 30 : 10);
    if (host.empty()) return std::make_unique<LocalSiteHost>(shell_, patience);
    TRY_ASSIGN(auto* shell, this->shell(host));
    return std::make_unique<RemoteSiteHost>(host, *shell, patience);
  }

  Result<void> open_control() {
    if (control_) return {};
    TRY_ASSIGN(const auto* settings, this->settings());
    TRY_ASSIGN(auto url, resolve(settings->control));
    if (!shared_.subscriptions) shared_.subscriptions = subscriptions_of(*settings);
    control_ = std::make_unique<ControlDatabase>(std::move(url), *shared_.subscriptions, shared_.certificates_wanted);
    return {};
  }

  GlobalOptions options_;
  Crowd crowd_;
  OfProcess shared_;
  TerminalProgress progress_;
  LocalShell shell_;
  SystemClock clock_;
  SystemEntropy entropy_;
  CredentialFiles credentials_;
  CurlProbe http_;
  CurlWebhooks webhooks_{[this] { return interrupted(); }};
  std::unique_ptr<Mailer> mailer_;
  std::unique_ptr<DnsLookup> lookup_;
  std::optional<Settings> settings_;
  std::optional<PlanCatalog> catalog_;
  std::unique_ptr<ControlDatabase> control_;
  SshHostKeys host_keys_;
  std::map<std::string, std::unique_ptr<DatabaseServer>> servers_;
  std::map<std::string, std::unique_ptr<Migrator>> migrators_;
  std::map<std::string, std::unique_ptr<UsageMeter>> meters_;
  std::map<std::string, std::unique_ptr<LoginProbe>> login_probes_;
  std::map<std::string, std::unique_ptr<Shell>> shells_;
  std::unique_ptr<DnsZone> zone_;
  std::unique_ptr<CertificateIssuer> issuer_;
  std::map<std::string, std::unique_ptr<FrappeBench>> benches_;
  std::map<std::pair<NginxMode, std::string>, std::unique_ptr<SiteRouter>> routers_;
  std::map<fs::path, BackupFolder> backups_;
  std::unique_ptr<Sandbox> sandbox_;
};

}  // namespace

std::unique_ptr<Services> production_services(const GlobalOptions& options) { return std::make_unique<ProductionServices>(options); }

}  // namespace tenantctl
