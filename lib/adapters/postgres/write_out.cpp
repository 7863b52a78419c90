// What a tenant takes along: PostgresServer's function about it. Readable without PostgreSQL, unlike an archive.
#include <fmt/format.h>

#include <fcntl.h>

#include <cerrno>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/descriptor.hpp"
#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/plain_tables.hpp"
#include "adapters/postgres/programs.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

namespace fs = std::filesystem;

bool is_the_operators(const postgres::PlainTable& table) {
  return table.schema == "tenantctl" || table.name == "tenantctl_settings" || table.name == "tenantctl_migrations";
}

/// A table may be called anything; a file's name keeps what every system takes, and the rest as "%XX".
std::string plain(const std::string& name_given) {
  constexpr std::string_view k_plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  std::string name;
  for (const char c : name_given)
    name += k_plain.find(c) != std::string_view::npos ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return name;
}

std::string file_name(const std::string& schema, const std::string& table) {
  return schema == "public" ? plain(table) + ".csv" : fmt::format("{}.{}.csv", plain(schema), plain(table));
}

Result<void> write_all(const Descriptor& fd, const fs::path& file, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("write", file, errno));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> copy_table(Connection& connection, const postgres::PlainTable& table, const fs::path& file) {
  const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail(file_error("write", file, errno));
  std::string waiting;
  constexpr std::size_t k_piece = 1 << 18;
  TRY(connection.copy_out(fmt::format("copy {} to stdout with (format csv, header)", postgres::qualified(connection, table)),
                          [&](std::string_view piece) -> Result<void> {
                            waiting += piece;
                            if (waiting.size() < k_piece) return {};
                            auto written = write_all(fd, file, waiting);
                            waiting.clear();
                            return written;
                          }));
  TRY(write_all(fd, file, waiting));
  if (::fsync(fd.get()) != 0) return fail(file_error("write", file, errno));
  return {};
}

}  // namespace

Result<std::vector<ExportedTable>> PostgresServer::write_out(const TenantDatabase& names, const fs::path& folder) {
  TRY_ASSIGN(const auto view, view_of(names));
  const auto& session = view.session;
  std::vector<std::string> arguments{"--schema-only",
                                     "--no-owner",
                                     "--no-privileges",
                                     "--file=" + (folder / "schema.sql").string(),
                                     "--snapshot=" + view.snapshot,
                                     "--exclude-schema=tenantctl"};
  if (names.schema)
    arguments.insert(arguments.end(),
                     {"--schema=" + names.schema->str(), "--exclude-table=*.tenantctl_settings", "--exclude-table=*.tenantctl_migrations"});
  TRY(postgres::run_program("pg_dump", arguments,
                            {.conninfo = view.conninfo, .server_version = session->server_version(), .label = label()}));

  TRY_ASSIGN(const auto tables, postgres::plain_tables(*session, names.schema ? names.schema->str() : ""));
  std::vector<ExportedTable> exported;
  for (const auto& table : tables) {
    if (is_the_operators(table)) continue;
    auto file = file_name(names.schema ? "public" : table.schema, table.name);
    TRY(copy_table(*session, table, folder / file));
    TRY_ASSIGN(const auto rows, postgres::count_rows(*session, table));
    exported.push_back({.schema = table.schema, .name = table.name, .file = std::move(file), .rows = rows});
  }
  return exported;
}

}  // namespace tenantctl
