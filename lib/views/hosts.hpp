// Reports about the hosts that are reached by SSH.
#pragma once
#include <map>
#include <string>

#include "core/host_key.hpp"
#include "core/ssh_host.hpp"
#include "views/report.hpp"

namespace tenantctl {

Report host_list_report(const std::map<std::string, SshHost>& hosts);

enum class HostAdded { now, before };
Report host_added_report(const SshHost& host, const HostKey& key, HostAdded added);

}  // namespace tenantctl
