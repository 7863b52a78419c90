// The reports of `key`. Only the one of a key that was just made holds its text.
#pragma once
#include <optional>
#include <vector>

#include "core/api_key.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct IssuedKey {
  std::string slug;
  ApiKey key;
  Secret token;  // shown this once
};

Report key_issued_report(const IssuedKey& issued);
Report key_list_report(const std::string& slug, const std::vector<ApiKey>& keys, Instant now);
Report key_revoked_report(const std::string& slug, const ApiKey& key);
/// Exit status 0 where the verdict is good, that of check_failed otherwise. `key` is told of only then.
Report key_check_report(const std::string& slug, KeyVerdict verdict, const std::optional<ApiKey>& key);

}  // namespace tenantctl
