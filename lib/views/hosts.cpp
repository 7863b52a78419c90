#include "views/hosts.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"

namespace tenantctl {
namespace {

std::string shown_keys(const SshHost& host) {
  std::vector<std::string> keys;
  for (const auto& file : host.identities) keys.push_back(file.string());
  if (host.agent == AgentUse::after_identities) keys.emplace_back("agent");
  return fmt::format("{}", fmt::join(keys, ", "));
}

}  // namespace

Report host_list_report(const std::map<std::string, SshHost>& hosts) {
  TextTable table({"HOST", "USER", "ADDRESS", "KEYS", "SUDO", "KNOWN HOSTS"});
  auto documents = nlohmann::json::array();
  for (const auto& [name, host] : hosts) {
    const bool sudo = host.sudo == Sudo::yes;
    table.add(
        {name, host.user, fmt::format("{}:{}", host.address, host.port), shown_keys(host), sudo ? "yes" : "no", host.known_hosts.string()});
    auto identities = nlohmann::json::array();
    for (const auto& file : host.identities) identities.push_back(file.string());
    documents.push_back({{"name", name},
                         {"user", host.user},
                         {"address", host.address},
                         {"port", host.port},
                         {"identities", std::move(identities)},
                         {"agent", host.agent == AgentUse::after_identities},
                         {"sudo", sudo},
                         {"known_hosts", host.known_hosts.string()}});
  }
  return {.text = table.str(), .document = {{"hosts", std::move(documents)}}};
}

Report host_added_report(const SshHost& host, const HostKey& key, HostAdded added) {
  const bool now = added == HostAdded::now;
  return {.text = fmt::format("the {} key {} of host \"{}\" {} in {}\n", key.type, key.fingerprint, host.name,
                              now ? "is now" : "was already", host.known_hosts.string()),
          .document = {{"host", host.name},
                       {"type", key.type},
                       {"fingerprint", key.fingerprint},
                       {"known_hosts", host.known_hosts.string()},
                       {"added", now}}};
}

}  // namespace tenantctl
