// What commands need of a configured stack: its settings by name, and its template's source files, read.
#pragma once
#include <string>

#include "commands/services.hpp"

namespace tenantctl {

/// `name` empty: the default stack. Errors: stack_not_found.
Result<const StackSettings*> find_stack(const Settings& settings, const std::string& name);

/// Where the stack's migrations are, or would be by convention; empty where it has no files at all.
std::filesystem::path migrations_folder(const StackSettings& stack);

/// Reads the stack's migrations, in order; none where it has no folder of such. Errors: config_invalid, naming the file that is wrong.
Result<std::vector<Migration>> read_migrations(const StackSettings& stack, Services& services);

/// Reads the stack's schema and seed files and its migrations. Errors: config_invalid, naming the file that can't be read.
Result<TemplateSource> read_template_source(const StackSettings& stack, Services& services);

/// The name of the template that the stack's files make today. Errors: as read_template_source, and of Services::server.
Result<std::string> template_name(const StackSettings& stack, Services& services);

}  // namespace tenantctl
