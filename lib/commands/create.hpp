// What `create` does, for commands that make a tenant out of something that is there already.
#pragma once
#include <CLI/CLI.hpp>

#include "commands/create_request.hpp"
#include "views/report.hpp"

namespace tenantctl {

/// Errors: those of read_create; tenant_exists, locked, idempotency_mismatch; the operation's own.
Result<Report> make_tenant(const CreateArgs& args, Services& services);

/// What a copy may have otherwise than its origin.
void add_inherited_options(CLI::App& sub, CreateArgs& args);

}  // namespace tenantctl
