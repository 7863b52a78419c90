#include "adapters/dns/propagation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "adapters/dns/dns_message.hpp"

namespace tenantctl::dns {

Result<void> await_nameservers(const DnsSettings& settings, const std::string& name,
                               const std::function<Result<bool>(const std::string& address)>& knows,
                               const std::function<std::optional<Error>()>& interrupted) {
  const auto end = std::chrono::steady_clock::now() + settings.patience;
  for (const auto& address : settings.nameservers) {
    for (auto pause = std::chrono::milliseconds(20);; pause = std::min(2 * pause, std::chrono::milliseconds(2'000))) {
      const auto has = knows(address);
      if (has && *has) break;
      if (auto stopped = interrupted ? interrupted() : std::nullopt) return fail(std::move(*stopped));
      if (std::chrono::steady_clock::now() + pause > end) {
        return fail(make_error(ErrorCode::dns_timeout, fmt::format("nameserver {} does not know \"{}\" after {} s{}", address, name,
                                                                   settings.patience.count(), has ? "" : ": " + has.error().message))
                        .with_hint("see whether it follows the zone's first server, or raise dns.wait_seconds")
                        .may_retry());
      }
      std::this_thread::sleep_for(pause);
    }
  }
  return {};
}

Result<void> await_proof(const DnsSettings& settings, const DnsProof& proof, const std::function<std::optional<Error>()>& interrupted) {
  const auto knows = [&](const std::string& address) -> Result<bool> {
    TRY_ASSIGN(const auto server, nameserver_at(address));
    TRY_ASSIGN(const auto values, ask(server, proof.name, "TXT"));
    return std::ranges::find(values, proof.value) != values.end();
  };
  return await_nameservers(settings, proof.name, knows, interrupted);
}

}  // namespace tenantctl::dns
