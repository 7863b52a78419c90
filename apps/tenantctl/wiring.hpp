// The only place that names adapters: builds the services that commands run with.
#pragma once
#include <memory>

#include "commands/command_line.hpp"

namespace tenantctl {

std::unique_ptr<Services> production_services(const GlobalOptions& options);

}  // namespace tenantctl
