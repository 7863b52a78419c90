#include "views/domains.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/instants.hpp"

namespace tenantctl {
namespace {

std::string proof_url(const CustomDomain& domain) { return fmt::format("http://{}{}", domain.host.str(), k_domain_proof_path); }

std::string state_of(const CustomDomain& domain) { return domain.routed_at ? "routed" : "reserved"; }

nlohmann::json domain_document(const CustomDomain& domain) {
  return {{"host", domain.host.str()},
          {"state", state_of(domain)},
          {"token", domain.token},
          {"proof_url", proof_url(domain)},
          {"created_at", to_rfc3339(domain.created_at)},
          {"verified_at", instant_or_null(domain.verified_at)},
          {"routed_at", instant_or_null(domain.routed_at)}};
}

nlohmann::json with_operation(nlohmann::json document, const DomainChange& change) {
  document["operation"] = change.operation.empty() ? nlohmann::json() : nlohmann::json(change.operation);
  auto steps = nlohmann::json::array();
  for (const auto& step : change.steps) steps.push_back({{"step", step.step}, {"duration_ms", step.duration_ms}});
  document["steps"] = std::move(steps);
  return document;
}

}  // namespace

Report domain_report(const DomainChange& change) {
  const auto& domain = change.domain;
  auto text = fmt::format("\"{}\" {}\n", domain.host.str(), change.says);
  if (!domain.verified_at && !domain.routed_at) {
    text += fmt::format("to prove whose it is, serve these bytes at {}:\n\n  {}\n\nthen run \"tenantctl domain verify {} {}\"\n",
                        proof_url(domain), domain.token, change.slug, domain.host.str());
  }
  auto document = domain_document(domain);
  document["slug"] = change.slug;
  return {.text = std::move(text), .document = with_operation({{"domain", std::move(document)}}, change)};
}

Report domain_removed_report(const DomainChange& change) {
  const auto& host = change.domain.host.str();
  return {.text = fmt::format("\"{}\" {}\n", host, change.says),
          .document = with_operation({{"slug", change.slug}, {"host", host}, {"removed", true}}, change)};
}

Report domain_list_report(const std::string& slug, const std::vector<CustomDomain>& domains) {
  TextTable table({"HOST", "STATE", "ROUTED", "VERIFIED", "TOKEN"});
  auto list = nlohmann::json::array();
  for (const auto& domain : domains) {
    table.add(
        {domain.host.str(), state_of(domain), instant_or_empty(domain.routed_at), instant_or_empty(domain.verified_at), domain.token});
    list.push_back(domain_document(domain));
  }
  return {.text = domains.empty() ? "no custom domains\n" : table.str(), .document = {{"slug", slug}, {"domains", list}}};
}

}  // namespace tenantctl
