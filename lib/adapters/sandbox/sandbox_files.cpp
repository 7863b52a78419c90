#include "adapters/sandbox/sandbox_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <charconv>

#include "adapters/files/atomic_file.hpp"
#include "core/embedded.hpp"
#include "core/nginx_config.hpp"
#include "core/settings.hpp"
#include "core/template.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

enum class FolderOf { us, server_user };

Result<void> ensure_folder(const fs::path& folder, mode_t mode, FolderOf whose, const ServerUser& user) {
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) return fail(file_error("create", folder, errno));
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) return fail(file_error("read", folder, errno));
  if (!S_ISDIR(status.st_mode)) return fail(file_error("create", folder, ENOTDIR));
  const auto owner = whose == FolderOf::server_user ? user.uid() : ::geteuid();
  if (status.st_uid != owner && ::chown(folder.c_str(), owner, whose == FolderOf::server_user ? user.gid() : ::getegid()) != 0) {
    return fail(file_error("take over", folder, errno));
  }
  if ((status.st_mode & 07777) != mode && ::chmod(folder.c_str(), mode) != 0) return fail(file_error("change", folder, errno));
  return {};
}

/// True where it was written.
Result<bool> write_if_different(const fs::path& file, std::string text, mode_t mode) {
  TRY_ASSIGN(const auto old, read_small_file(file));
  if (old && *old == text) return false;
  TRY(replace_file({.path = file, .text = std::move(text), .mode = mode}));
  return true;
}

Result<void> write_if_missing(const fs::path& file, std::string_view embedded, mode_t mode) {
  TRY_ASSIGN(const auto old, read_small_file(file));
  if (old) return {};
  const auto text = embedded_file(embedded);
  if (!text) return fail(ErrorCode::internal, fmt::format("\"{}\" is not embedded", embedded));
  return replace_file({.path = file, .text = std::string(*text), .mode = mode});
}

/// Every `old` that no digit follows, so that port 4321 is not found in 43210.
std::string replaced(std::string text, const std::string& old, const std::string& with) {
  for (auto at = text.find(old); at != std::string::npos; at = text.find(old, at + with.size())) {
    const auto next = at + old.size();
    if (next < text.size() && std::isdigit(static_cast<unsigned char>(text[next])) != 0) {
      at = next - with.size();
      continue;
    }
    text.replace(at, old.size(), with);
  }
  return text;
}

std::string with_new_port(std::string text, int old_port, int new_port) {
  if (old_port == 0 || old_port == new_port) return text;
  for (const auto* before : {"127.0.0.1:", "port=", "\"port\":", "\"port\": "}) {
    text = replaced(std::move(text), fmt::format("{}{}", before, old_port), fmt::format("{}{}", before, new_port));
  }
  return text;
}

/// Tenants' applications find PostgreSQL by these.
Result<void> repoint_credentials(const fs::path& folder, int old_port, int new_port) {
  if (old_port == 0 || old_port == new_port) return {};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".json") continue;
    TRY_ASSIGN(const auto old, read_small_file(entry.path()));
    const auto text = with_new_port(old.value_or(""), old_port, new_port);
    if (old && text != *old) TRY(replace_file({.path = entry.path(), .text = text, .mode = 0600, .owner = FileOwner::of_folder}));
  }
  return {};
}

int port_at_end(std::string_view address) {
  const auto colon = address.rfind(':');
  int port = 0;
  if (colon != std::string_view::npos) std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  return port;
}

/// The ports that the yaml gives to what the sandbox put there; 0 for what an operator took away.
PerPart<int> ports_in(const Settings& settings) {
  PerPart<int> ports;
  if (const auto server = settings.servers.find("local"); server != settings.servers.end())
    ports[SandboxPart::postgres] = server->second.address_port;
  if (const auto stack = settings.stacks.find("demo"); stack != settings.stacks.end())
    ports[SandboxPart::demo_app] = port_at_end(stack->second.upstream);
  if (!settings.nginx.listen.empty()) ports[SandboxPart::nginx] = port_at_end(settings.nginx.listen.front());
  return ports;
}

}  // namespace

Result<void> create_sandbox_folders(const SandboxLayout& layout, const ServerUser& user) {
  using enum FolderOf;
  const auto nginx = layout.nginx_dir();
  const struct {
    fs::path path;
    mode_t mode;
    FolderOf whose;
  } folders[] = {{layout.dir, user.dropped() ? 0755u : 0700u, us},
                 {layout.conf(), 0755, us},
                 {layout.postgres(), 0700, server_user},
                 {layout.run(), 0700, server_user},
                 {layout.logs(), 0755, us},
                 {layout.demo_app().parent_path(), 0755, us},
                 {layout.nginx(), 0755, us},
                 {layout.nginx() / "logs", 0755, us},
                 {layout.nginx() / "tmp", 0755, us},
                 {nginx, 0755, us},
                 {nginx / "routes", 0755, us},
                 {nginx / "routes" / "demo", 0755, us},
                 {nginx / "routes" / "shared", 0755, us},
                 {nginx / "suspended", 0755, us},
                 {nginx / "sites", 0755, us},
                 {layout.stack().parent_path(), 0755, us},
                 {layout.stack(), 0755, us},
                 {layout.credentials().parent_path(), 0755, us},
                 {layout.credentials(), 0700, server_user}};
  for (const auto& folder : folders) TRY(ensure_folder(folder.path, folder.mode, folder.whose, user));
  return {};
}

Result<void> write_sandbox_config(const SandboxLayout& layout, const fs::path& old_dir, const PerPart<int>& now) {
  TRY(write_if_missing(layout.stack() / "schema.sql", "templates/sql/stacks/demo/schema.sql", 0644));
  TRY(write_if_missing(layout.stack() / "couriers.csv", "templates/sql/stacks/demo/couriers.csv", 0644));

  TRY_ASSIGN(const auto old, read_small_file(layout.config()));
  if (!old) {
    TRY_ASSIGN(auto text,
               render_embedded("templates/sandbox/tenantctl.yaml", {{"dir", layout.dir.string()},
                                                                    {"postgres_port", std::to_string(now[SandboxPart::postgres])},
                                                                    {"app_port", std::to_string(now[SandboxPart::demo_app])},
                                                                    {"http_port", std::to_string(now[SandboxPart::nginx])}}));
    return replace_file({.path = layout.config(), .text = std::move(text), .mode = 0600});
  }
  TRY_ASSIGN(const auto settings, parse_settings(layout.config(), *old, {}));
  const auto before = ports_in(settings);
  TRY(repoint_credentials(layout.credentials(), before[SandboxPart::postgres], now[SandboxPart::postgres]));
  auto text = *old;
  for (const auto part : k_sandbox_parts) text = with_new_port(std::move(text), before[part], now[part]);
  const auto socket_dir = [](const fs::path& dir) { return fmt::format("host={}/run&", dir.string()); };
  if (!old_dir.empty() && old_dir != layout.dir) text = replaced(std::move(text), socket_dir(old_dir), socket_dir(layout.dir));
  TRY(write_if_different(layout.config(), std::move(text), 0600));
  return {};
}

Result<void> write_postgres_files(const SandboxLayout& layout, int port) {
  TRY_ASSIGN(auto server,
             render_embedded("templates/sandbox/postgresql.conf", {{"dir", layout.dir.string()}, {"port", std::to_string(port)}}));
  TRY_ASSIGN(auto access, render_embedded("templates/sandbox/pg_hba.conf", {}));
  TRY(write_if_different(layout.conf() / "postgresql.conf", std::move(server), 0644));
  TRY(write_if_different(layout.conf() / "pg_hba.conf", std::move(access), 0644));
  return {};
}

Result<bool> write_nginx_files(const SandboxLayout& layout, const ServerUser& user) {
  TRY_ASSIGN(const auto yaml, read_small_file(layout.config()));
  TRY_ASSIGN(const auto settings, parse_settings(layout.config(), yaml.value_or(""), {}));
  TRY_ASSIGN(auto include, render_nginx_include(settings.nginx, settings.domain, settings.stacks));
  TRY_ASSIGN(auto main, render_embedded("templates/sandbox/nginx.conf", {{"drop_rights", user.dropped()}, {"user", user.name()}}));
  TRY_ASSIGN(const bool new_main, write_if_different(layout.nginx() / "nginx.conf", std::move(main), 0644));
  TRY_ASSIGN(const bool new_include, write_if_different(layout.nginx_dir() / "tenantctl.conf", std::move(include), 0644));

  const auto generation = layout.nginx_dir() / "generation.conf";
  TRY_ASSIGN(const auto old_generation, read_small_file(generation));
  if (!old_generation) {
    TRY_ASSIGN(auto text, render_nginx_generation("initial"));
    TRY(replace_file({.path = generation, .text = std::move(text), .mode = 0644}));
  }
  return new_main || new_include;
}

Result<void> copy_demo_app(const SandboxLayout& layout, const fs::path& source) {
  std::error_code error;
  if (!fs::is_regular_file(source, error)) {
    return fail(make_error(ErrorCode::sandbox_failed, fmt::format("the demo app \"{}\" is missing", source.string()))
                    .with_hint("build it with \"cmake --build --preset release\""));
  }
  auto fresh = layout.demo_app();
  fresh += ".new";  // a program that still runs can't be overwritten, only replaced
  fs::copy_file(source, fresh, fs::copy_options::overwrite_existing, error);
  if (!error) fs::permissions(fresh, fs::perms(0755), error);
  if (!error) fs::rename(fresh, layout.demo_app(), error);
  if (error) return fail(file_error("copy the demo app to", layout.demo_app(), error.value()));
  return {};
}

}  // namespace tenantctl
