#include "commands/stacks.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/sha256.hpp"

namespace tenantctl {
namespace {

constexpr const char* k_conventional_folder = "migrations";  // beside the stack's schema file

Result<std::vector<TemplateSource::File>> read_files(const StackSettings& stack, const std::vector<std::filesystem::path>& paths,
                                                     Services& services) {
  std::vector<TemplateSource::File> files;
  for (const auto& path : paths) {
    auto text = services.read_file(path);
    if (!text) {
      return fail(make_error(ErrorCode::config_invalid, fmt::format("stack \"{}\": {}", stack.name.str(), text.error().message))
                      .with_hint("name an existing file under schema or seed"));
    }
    files.push_back({.name = path.filename().string(), .text = std::move(*text)});
  }
  return files;
}

/// What its standby sites are made of, as far as tenantctl knows it: what `bench update` does to a site, it does to these too.
std::string site_template_name(const StackSettings& stack) {
  const auto& frappe = *stack.frappe;
  const nlohmann::json parts{frappe.host, frappe.bench, frappe.program, frappe.apps, frappe.source_sql};
  return "site_" + sha256_hex(parts.dump()).substr(0, 16);
}

}  // namespace

std::filesystem::path migrations_folder(const StackSettings& stack) {
  if (!stack.migrations.empty() || stack.schema.empty()) return stack.migrations;
  return stack.schema.front().parent_path() / k_conventional_folder;
}

Result<const StackSettings*> find_stack(const Settings& settings, const std::string& name) {
  const auto& wanted = name.empty() ? settings.default_stack : name;
  const auto found = settings.stacks.find(wanted);
  if (found != settings.stacks.end()) return &found->second;
  std::vector<std::string> names;
  for (const auto& [known, stack] : settings.stacks) names.push_back(known);
  if (wanted.empty()) {
    return fail(make_error(ErrorCode::config_invalid, fmt::format("{} names no default_stack", settings.file.string()))
                    .with_hint(fmt::format("pass --stack, one of {}", fmt::join(names, ", "))));
  }
  const auto near = nearest_name(wanted, names);
  return fail(make_error(ErrorCode::stack_not_found, fmt::format("stack \"{}\" is not in {}", wanted, settings.file.string()))
                  .with_hint(near.empty() ? fmt::format("use one of {}", fmt::join(names, ", ")) : fmt::format("use \"{}\"", near)));
}

Result<std::vector<Migration>> read_migrations(const StackSettings& stack, Services& services) {
  if (stack.migrate_command) return std::vector<Migration>();
  const auto folder = migrations_folder(stack);
  if (folder.empty()) return std::vector<Migration>();
  const bool by_convention = stack.migrations.empty();
  const auto paths = services.files_in(folder);
  if (!paths && by_convention && paths.error().code == ErrorCode::file_not_found) return std::vector<Migration>();
  if (!paths) {
    return fail(make_error(ErrorCode::config_invalid, fmt::format("stack \"{}\": {}", stack.name.str(), paths.error().message))
                    .with_hint("name a folder that is there under migrations"));
  }
  std::vector<MigrationFile> files;
  for (const auto& path : *paths) {
    if (!is_migration_file(path.filename().string())) continue;
    auto text = services.read_file(path);
    if (!text) return fail(ErrorCode::config_invalid, fmt::format("stack \"{}\": {}", stack.name.str(), text.error().message));
    files.push_back({.name = path.filename().string(), .text = std::move(*text)});
  }
  return order_migrations(std::move(files), folder.string());
}

Result<TemplateSource> read_template_source(const StackSettings& stack, Services& services) {
  TemplateSource source{.stack = stack.name.str()};
  TRY_ASSIGN(source.schema, read_files(stack, stack.schema, services));
  TRY_ASSIGN(source.seeds, read_files(stack, stack.seed, services));
  TRY_ASSIGN(source.migrations, read_migrations(stack, services));
  if (stack.migrate_command && !stack.after_create.argv.empty()) source.stated_version = stack.migrate_command->version;
  return source;
}

Result<std::string> template_name(const StackSettings& stack, Services& services) {
  if (stack.frappe) return site_template_name(stack);
  TRY_ASSIGN(auto* server, services.server(stack.servers.front()));  // any: it is made of the files
  TRY_ASSIGN(const auto source, read_template_source(stack, services));
  TRY_ASSIGN(const auto name, server->template_name(source));
  return name.str();
}

}  // namespace tenantctl
