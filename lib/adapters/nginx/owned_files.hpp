// Whose a tenant's nginx files are, by the header in their first line. It reads and never writes.
#pragma once
#include <filesystem>
#include <span>

#include "adapters/nginx/site_host.hpp"
#include "core/names.hpp"
#include "core/result.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

/// foreign where any of the files is not the tenant's; complete where all are; partial where some are and the rest is absent.
/// Errors: io_failed, permission_denied, what a remote host's shell says.
Result<Observed> observe_owned_files(SiteHost& host, std::span<const std::filesystem::path> files, const TenantId& tenant);
/// The same of files that were read; nothing stands for an absent one.
Observed judge_owned_files(std::span<const std::filesystem::path> files, std::span<const std::optional<std::string>> texts,
                           const TenantId& tenant);

/// Errors: foreign_object with the detail of `observed`, where it is foreign.
Result<void> refuse_foreign(const Observed& observed);

}  // namespace tenantctl
