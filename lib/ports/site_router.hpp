// Makes a tenant's hosts live in a web server and takes them away again. It never overwrites or removes a file that does
// not carry the tenant's id in its first line, and leaves no temporary file behind.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/closure.hpp"
#include "core/inventory.hpp"
#include "core/names.hpp"
#include "core/result.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

/// What is to be live. The files are recorded in the operation before any is written: an undo uses the recorded ones.
struct Route {
  TenantId tenant;
  TenantSlug slug;
  ConfigName stack;
  HostName front;                            // acme.yourapp.test
  HostName back;                             // api.acme.yourapp.test
  std::vector<std::filesystem::path> files;  // absolute
};

/// A host outside the operator's own domain that leads to the front of a tenant's route.
struct DomainRoute {
  Route route;
  HostName host;               // shop.acme-corp.test
  std::filesystem::path file;  // absolute; recorded as a route's are
};

class SiteRouter {
 public:
  virtual ~SiteRouter() = default;

  /// The files that a route of these hosts consists of. Asks nothing of the disk.
  virtual std::vector<std::filesystem::path> files_for(const TenantSlug& slug, const ConfigName& stack, const HostName& front,
                                                       const HostName& back) const = 0;

  /// From now on routes change for this operation: each change asks the claim at its last moment, and waits for a change
  /// that an earlier holder of the operation is in. Further errors of publish and withdraw: fenced, control_unreachable,
  /// timed_out where that holder does not end.
  virtual void begin(const Claim& claim) = 0;

  /// Errors: io_failed, permission_denied.
  virtual Result<Observed> observe(const Route& route) = 0;

  /// Durable, and in force for the next request, when it returns. On failure nothing of it is left and the old state serves.
  /// Errors: foreign_object, disk_full, io_failed, permission_denied, nginx_rejected, nginx_unconfirmed, nginx_unreachable.
  virtual Result<void> publish(const Route& route) = 0;

  /// Removes exactly route.files, where they are ours, the marks of closures and the files of its custom domains; absent is
  /// success. Errors: as publish.
  virtual Result<void> withdraw(const Route& route) = 0;

  /// complete: the route's hosts are closed for this reason; partial: some of them. Errors: io_failed, permission_denied.
  virtual Result<Observed> observe_closure(const Route& route, Closure why) = 0;
  /// From the next request on every one to the route's hosts gets the closure's answer. The route stays. Closed already: success.
  /// Errors: as publish.
  virtual Result<void> close(const Route& route, Closure why) = 0;
  /// The hosts lead to their stack again. Not closed for this reason: success. Errors: as publish.
  virtual Result<void> open(const Route& route, Closure why) = 0;

  /// The file that a custom domain consists of. Asks nothing of the disk.
  virtual std::filesystem::path file_for_domain(const TenantSlug& slug, const HostName& host) const = 0;
  /// complete: in force as far as the tenant's own hosts are. Errors: io_failed, permission_denied.
  virtual Result<Observed> observe_domain(const DomainRoute& domain) = 0;
  /// From the next request on the host answers as the front does: closed while they are, and not at all once the
  /// route is withdrawn. In every mode this reloads nginx. Errors: as publish.
  virtual Result<void> publish_domain(const DomainRoute& domain) = 0;
  /// The host gets no answer from the next request on. Absent is success. Errors: as publish.
  virtual Result<void> withdraw_domain(const DomainRoute& domain) = 0;

  /// Every file in the folder that carries a tenant's header, whatever made it, and temporary files that nobody is writing.
  /// Errors: io_failed, permission_denied.
  virtual Result<std::vector<Thing>> inventory() = 0;
  /// Removes one file that inventory() returned, where it still carries the same header; absent is success. Errors: as publish.
  virtual Result<void> remove(const Thing& file) = 0;
};

}  // namespace tenantctl
