// What a zone at Cloudflare needs in a test: its settings, by the stand-in's address, and a budget.
#pragma once
#include <atomic>
#include <thread>

#include "core/dns.hpp"
#include "ports/request_budget.hpp"
#include "support/cloudflare_standin.hpp"

namespace tenantctl::test {

/// A budget without an end, which counts.
struct Unlimited : RequestBudget {
  Result<std::chrono::milliseconds> take(const std::string&, const RequestRate&) override {
    ++taken;
    return std::chrono::milliseconds(0);
  }
  Result<void> hold(const std::string&, const RequestRate&, std::chrono::seconds pause) override {
    held = pause;
    std::this_thread::sleep_for(pause);
    return {};
  }
  int taken = 0;
  std::chrono::seconds held{0};
};

inline DnsSettings cloudflare_settings(const CloudflareStandin& standin) {
  return {.provider = DnsProvider::cloudflare,
          .domain = CloudflareStandin::k_zone,
          .zone = CloudflareStandin::k_zone,
          .api = standin.api(),
          .addresses = {"192.0.2.10", "2001:db8::10"},
          .ttl = std::chrono::seconds(1),
          .patience = std::chrono::seconds(1)};
}

}  // namespace tenantctl::test
