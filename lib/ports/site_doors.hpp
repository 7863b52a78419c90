// What the accounts, secrets and services of one bench give away, looked at from its own host. Nothing is changed, and no secret
// leaves the host.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/names.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// How a site's account fared at the door of another's database.
struct SiteDoor {
  enum class Answer : std::uint8_t { entered, refused, unclear };
  Answer answer{};
  std::string said = {};  // where it is unclear
};

/// One site. All but `why_not` and `has_own_right` are looked at of subjects alone.
struct SeenSite {
  std::string why_not = {};                     // it could not enter its own database; empty: it did
  std::map<std::string, SiteDoor> doors = {};   // by the other site
  std::vector<std::string> rights = {};         // of its account, beyond its own database: "FILE on *.*"
  bool has_own_right = false;                   // those in its own were seen too
  std::vector<std::string> strangers = {};      // other accounts that hold something in its database: "someone@%"
  std::string why_no_strangers = {};            // why they could not be looked for
  std::vector<std::string> same_password = {};  // other sites of the bench
  std::vector<std::string> same_encryption = {};
  std::vector<std::string> open_files = {};  // "PATH has mode 644"
};

/// A server that the bench needs and only the bench may reach.
struct SeenService {
  std::string name;  // "web", or as common_site_config.json names it: "redis_queue"
  std::string url;
  std::vector<std::string> open = {};  // where others reach it: "0.0.0.0:8000"
  std::string why_not = {};            // why that can't be told
};

struct SeenBench {
  std::map<std::string, SeenSite> sites = {};
  std::vector<SeenService> services = {};
};

struct BenchQuestion {
  std::string bench;                                              // folder on the host
  std::vector<HostName> tenants = {};                             // sites that are tenants', of all that are there
  std::map<std::string, std::vector<std::string>> subjects = {};  // by site: the tenants' sites that it is tried at; others besides
  std::size_t jobs = 1;
};

class SiteDoors {
 public:
  virtual ~SiteDoors() = default;
  /// A site of the question that is not there is seen as such. Errors: process_failed, timed_out, host_unreachable.
  virtual Result<SeenBench> look(const BenchQuestion& question) = 0;
};

}  // namespace tenantctl
