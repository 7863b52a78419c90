// Tries to get at another tenant's pages by HTTP, as a stranger: with hosts and headers that no well-behaved visitor sends. Whose page
// an answer is, is told by what the tenant's own page says of itself.
#pragma once
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/isolation.hpp"
#include "core/probe_card.hpp"
#include "isolation/ring.hpp"
#include "ports/http_probe.hpp"

namespace tenantctl {

struct Visited {
  TenantId id;
  TenantSlug slug;
  StackKind kind{};
  std::vector<std::string> hosts;     // by which it is to be reached, its front first
  std::string path;                   // of the page that says whose it is; empty: its stack names none
  std::string mark;                   // what that page holds
  std::set<std::string> secure = {};  // of its hosts, those that have a certificate: they are asked by https
  bool is_open = true;                // as its status says
};

struct HttpOrder {
  std::string address;              // of nginx, as "http://127.0.0.1:8080"
  std::string secure_address = {};  // "https://127.0.0.1:8443"; empty: nobody is served by https
  std::string domain;               // below which tenants live
  std::vector<Visited> tenants;
  std::vector<std::size_t> subjects;
  Round round = {};
};

/// As order.subjects. Each has its tries at the border http only.
std::vector<TenantIsolation> survey_http(const HttpOrder& order, std::span<const ProbeCard> cards, HttpProbe& http);

}  // namespace tenantctl
