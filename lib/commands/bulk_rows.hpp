// The rows of a `bulk-create`, out of a file or counted, checked all before anything begins.
#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "commands/services.hpp"

namespace tenantctl {

struct BulkRowsArgs {
  std::filesystem::path file;
  std::size_t count = 0;
  std::string prefix;
  std::string email;  // "{slug}" in it is filled in
  std::string plan;   // of rows that name none
  std::string stack;
};

void add_bulk_rows(CLI::App& sub, BulkRowsArgs& args);

bool has_rows(const BulkRowsArgs& args);

/// Each is as good as a `create` would find it, and no name is there twice. Errors: bad_value with all lines that are wrong; usage;
/// file_not_found.
Result<std::vector<TenantRow>> read_bulk_rows(const BulkRowsArgs& args, Services& services);

/// Errors: tenant_exists, with all lines whose name is taken.
Result<void> check_names_free(const std::vector<TenantRow>& rows, const BulkRowsArgs& args, ControlPlane& control);

}  // namespace tenantctl
