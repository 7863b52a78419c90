#include "commands/duration_options.hpp"

#include "core/duration.hpp"

namespace tenantctl {

CLI::Option* add_duration(CLI::App& command, const char* name, std::string& value, const char* description) {
  return command.add_option(name, value, description)->type_name("DURATION")->check([](const std::string& text) {
    const auto duration = parse_duration(text);
    return duration ? std::string() : duration.error().message;
  });
}

void add_lock_wait(CLI::App& command, std::string& wait) {
  add_duration(command, "--lock-wait", wait, "wait so long for another operation on the tenant, as in 500ms, 30s or 2m (else not at all)");
}

}  // namespace tenantctl
