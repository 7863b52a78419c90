#include "commands/lock_wait.hpp"

#include "core/duration.hpp"

namespace tenantctl {

void add_lock_wait(CLI::App& command, std::string& wait) {
  command.add_option("--lock-wait", wait, "wait so long for another operation on the tenant, as in 500ms, 30s or 2m (else not at all)")
      ->type_name("DURATION")
      ->check([](const std::string& text) {
        const auto duration = parse_duration(text);
        return duration ? std::string() : duration.error().message;
      });
}

}  // namespace tenantctl
