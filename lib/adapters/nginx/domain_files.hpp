// Custom domains as files, the same in both modes but for their text: DIR/domains/SLUG/HOST.map and HOST.conf. It reads and
// writes only through ReloadedFiles, which makes the changes that are planned here.
#pragma once
#include <vector>

#include "adapters/nginx/reloaded_files.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

/// Errors: template_invalid.
Result<std::string> text_of_domain(NginxMode mode, const DomainRoute& domain);

/// Brings one file to `after`, or to absence. Errors: foreign_object, io_failed, permission_denied.
Result<FileChange> change_of(SiteHost& host, const std::filesystem::path& file, const TenantId& tenant, FileChange::Text after);

/// Complete where the file has the text that it should have, and nginx knows of it. Errors: as change_of, and template_invalid.
Result<Observed> observe_domain_file(SiteHost& host, const ReloadedFiles& files, NginxMode mode, const DomainRoute& domain);

/// One for each custom domain of the route's tenant below `dir`, of either mode. Errors: as change_of.
Result<std::vector<FileChange>> removals_of_domains(SiteHost& host, const std::filesystem::path& dir, const Route& route);

/// Removes one file of the tenant's, in force when it returns; absent is success. Errors: as change_of and ReloadedFiles::change.
Result<void> take_away(SiteHost& host, const ReloadedFiles& files, const std::filesystem::path& dir, const std::filesystem::path& file,
                       const TenantId& tenant);

}  // namespace tenantctl
