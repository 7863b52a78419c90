// Waits until nameservers know what was put into a zone.
#pragma once
#include <functional>
#include <optional>

#include "core/dns.hpp"
#include "core/result.hpp"

namespace tenantctl::dns {

/// Asks `knows` for each of the settings' nameservers, ever less often, for settings.patience in all. `interrupted` may be empty.
/// Errors: dns_timeout; what `interrupted` says.
Result<void> await_nameservers(const DnsSettings& settings, const std::string& name,
                               const std::function<Result<bool>(const std::string& address)>& knows,
                               const std::function<std::optional<Error>()>& interrupted);

/// The same until each of them answers with the proof.
Result<void> await_proof(const DnsSettings& settings, const DnsProof& proof, const std::function<std::optional<Error>()>& interrupted);

}  // namespace tenantctl::dns
