#include "views/isolation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text_table.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::array k_all_borders{Border::databases, Border::schemas, Border::roles, Border::server,
                                   Border::http,      Border::keys,    Border::files};

/// The worst of a tenant at a border, as a cell.
std::string cell(const TenantIsolation& tenant, Border border, std::size_t tries) {
  const auto count = [&](Verdict verdict) {
    return std::ranges::count_if(tenant.findings, [&](const Finding& f) { return f.border == border && f.verdict == verdict; });
  };
  if (const auto breaches = count(Verdict::breach); breaches > 0) return fmt::format("{} BREACHED", breaches);
  if (const auto unclear = count(Verdict::inconclusive); unclear > 0) return fmt::format("{} unclear", unclear);
  if (const auto visible = count(Verdict::visible); visible > 0) return fmt::format("{} visible", visible);
  if (const auto accepted = count(Verdict::accepted); accepted > 0) return fmt::format("{} accepted", accepted);
  return tries == 0 ? "-" : "ok";
}

std::map<Border, std::size_t> tries_by_border(const TenantIsolation& tenant, const std::vector<ProbeCard>& cards) {
  std::map<Border, std::size_t> tries;
  for (const auto& card : cards) {
    const auto found = tenant.tries.find(card.name);
    if (found != tenant.tries.end()) tries[card.border] += found->second;
  }
  // What is tried in a neighbour's schema stands on a card of databases.
  for (const auto& finding : tenant.findings) tries[finding.border] = std::max<std::size_t>(tries[finding.border], 1);
  return tries;
}

std::string matrix(const IsolationResults& results) {
  std::vector<std::map<Border, std::size_t>> tries;
  std::map<Border, std::size_t> all;
  for (const auto& tenant : results.tenants) {
    tries.push_back(tries_by_border(tenant, results.cards));
    for (const auto& [border, count] : tries.back()) all[border] += count;
  }
  std::vector<std::string> header{"TENANT"};
  for (const auto border : k_all_borders) {
    if (all[border] > 0) header.emplace_back(to_string(border));
  }
  header.emplace_back("TRIES");
  TextTable table(header);
  for (std::size_t i = 0; i < results.tenants.size(); ++i) {
    std::vector<std::string> row{results.tenants[i].slug.str()};
    std::size_t sum = 0;
    for (const auto border : k_all_borders) {
      if (all[border] > 0) row.push_back(cell(results.tenants[i], border, tries[i][border]));
      sum += tries[i][border];
    }
    row.push_back(std::to_string(sum));
    table.add(std::move(row));
  }
  return table.str();
}

/// One hole, and all who came through it.
struct Told {
  const Finding* finding;
  std::vector<std::string> tenants;
  std::vector<std::string> statements;  // that close it for all of them
};

/// Breaches first, then by how bad they are.
std::vector<Told> by_weight(const std::vector<TenantIsolation>& tenants) {
  std::map<std::tuple<Verdict, int, std::string, std::string, std::string, std::string>, Told> holes;
  for (const auto& tenant : tenants) {
    for (const auto& finding : tenant.findings) {
      auto& told =
          holes[{finding.verdict, -static_cast<int>(finding.severity), finding.probe, finding.object, finding.detail, finding.reason}];
      told.finding = &finding;
      told.tenants.push_back(tenant.slug.str());
      for (const auto& statement : finding.statements) {
        auto line = fmt::format("{}{};", statement.database.empty() ? "" : "in " + statement.database + ": ", statement.sql);
        if (std::ranges::find(told.statements, line) == told.statements.end()) told.statements.push_back(std::move(line));
      }
    }
  }
  std::vector<Told> told;
  for (auto& [key, hole] : holes) told.push_back(std::move(hole));
  return told;
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t k_shown = 5;
  const std::span shown(names.data(), std::min(names.size(), k_shown));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > k_shown ? fmt::format(" and {} more", names.size() - k_shown) : "");
}

std::string paragraph(const Told& told) {
  constexpr std::size_t k_shown = 5;
  const auto& finding = *told.finding;
  auto text =
      fmt::format("{} {} ({}): {}{}\n    {}\n", to_string(finding.verdict), finding.probe, to_string(finding.severity),
                  some_of(told.tenants), finding.object.empty() ? "" : " -> " + printable(finding.object), printable(finding.detail));
  if (!finding.reason.empty()) return text + fmt::format("    accepted: {}\n", finding.reason);
  if (finding.verdict == Verdict::visible) return text;
  text += fmt::format("    to close it: {}\n", finding.close);
  for (std::size_t i = 0; i < std::min(told.statements.size(), k_shown); ++i)
    text += fmt::format("      {}\n", printable(told.statements[i]));
  if (told.statements.size() > k_shown) text += fmt::format("      and {} more\n", told.statements.size() - k_shown);
  return text;
}

nlohmann::json finding_document(const Finding& finding) {
  nlohmann::json document = {{"probe", finding.probe},
                             {"border", to_string(finding.border)},
                             {"severity", to_string(finding.severity)},
                             {"verdict", to_string(finding.verdict)},
                             {"object", finding.object},
                             {"detail", finding.detail},
                             {"close", finding.close}};
  auto& statements = document["statements"] = nlohmann::json::array();
  for (const auto& statement : finding.statements) statements.push_back({{"database", statement.database}, {"sql", statement.sql}});
  if (!finding.reason.empty()) document["reason"] = finding.reason;
  return document;
}

nlohmann::json tenant_document_of(const TenantIsolation& tenant) {
  auto findings = nlohmann::json::array();
  for (const auto& finding : tenant.findings) findings.push_back(finding_document(finding));
  return {{"slug", tenant.slug.str()},
          {"id", tenant.id.str()},
          {"server", tenant.server},
          {"isolated", tenant.isolated()},
          {"tries", tenant.all_tries()},
          {"probes", tenant.tries},
          {"breaches", tenant.count(Verdict::breach)},
          {"inconclusive", tenant.count(Verdict::inconclusive)},
          {"took_ms", tenant.took.count()},
          {"findings", std::move(findings)}};
}

std::string untouched_text(const Untouched& server) {
  if (server.changes.empty())
    return fmt::format("server {}: databases, roles, memberships and settings are as they were before\n", server.server);
  auto text = fmt::format("server {}: something changed meanwhile\n", server.server);
  for (const auto& change : server.changes) text += "  " + printable(change) + "\n";
  return text;
}

std::string xml(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

/// A probe that holds is one passed case, each finding one of its own.
std::string suite(const TenantIsolation& tenant, const std::vector<ProbeCard>& cards) {
  std::string cases;
  std::size_t count = 0;
  for (const auto& card : cards) {
    const auto of_card = [&](const Finding& finding) { return finding.probe == card.name; };
    if (!tenant.tries.contains(card.name) || std::ranges::any_of(tenant.findings, of_card)) continue;
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\"/>\n", to_string(card.border), card.name);
    ++count;
  }
  for (const auto& finding : tenant.findings) {
    const auto* element = finding.verdict == Verdict::breach ? "failure" : finding.verdict == Verdict::inconclusive ? "error" : "skipped";
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}{}\">\n      <{} message=\"{}\"/>\n    </testcase>\n",
                         to_string(finding.border), finding.probe, xml(finding.object.empty() ? "" : " " + finding.object), element,
                         xml(finding.reason.empty() ? finding.detail : finding.detail + "; accepted: " + finding.reason));
    ++count;
  }
  const auto left = tenant.count(Verdict::accepted) + tenant.count(Verdict::visible);
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n{}  </testsuite>\n",
      tenant.slug.str(), count, tenant.count(Verdict::breach), tenant.count(Verdict::inconclusive), left,
      static_cast<double>(tenant.took.count()) / 1000, cases);
}

std::string junit(const IsolationResults& results) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tenantctl verify-isolation\">\n";
  for (const auto& tenant : results.tenants) text += suite(tenant, results.cards);
  return text + "</testsuites>\n";
}

}  // namespace

Report isolation_report(const IsolationResults& results) {
  std::size_t breaches = 0;
  std::size_t unclear = 0;
  std::size_t tries = 0;
  auto tenants = nlohmann::json::array();
  for (const auto& tenant : results.tenants) {
    breaches += tenant.count(Verdict::breach);
    unclear += tenant.count(Verdict::inconclusive);
    tries += tenant.all_tries();
    tenants.push_back(tenant_document_of(tenant));
  }
  auto servers = nlohmann::json::array();
  std::string text = results.tenants.empty() ? "no tenants\n" : matrix(results);
  for (const auto& told : by_weight(results.tenants)) text += paragraph(told);
  for (const auto& server : results.servers) {
    text += untouched_text(server);
    servers.push_back({{"server", server.server}, {"untouched", server.changes.empty()}, {"changes", server.changes}});
  }
  for (const auto& note : results.notes) text += note + "\n";
  text += fmt::format("{} tenant{}, {} tries: {} breach{}, {} inconclusive\n", results.tenants.size(),
                      results.tenants.size() == 1 ? "" : "s", tries, breaches, breaches == 1 ? "" : "es", unclear);
  const bool is_well = breaches == 0 && unclear == 0;
  return {.text = std::move(text),
          .document = {{"tenants", std::move(tenants)},
                       {"servers", std::move(servers)},
                       {"notes", results.notes},
                       {"tries", tries},
                       {"breaches", breaches},
                       {"inconclusive", unclear},
                       {"isolated", is_well}},
          .exit_status = is_well ? 0 : info(ErrorCode::check_failed).exit_status,
          .junit = junit(results)};
}

Report probe_list_report(const std::vector<ProbeCard>& cards) {
  TextTable table({"PROBE", "BORDER", "SEVERITY", "TRIES"});
  auto documents = nlohmann::json::array();
  for (const auto& card : cards) {
    table.add({card.name, std::string(to_string(card.border)), std::string(to_string(card.severity)), card.tries});
    documents.push_back({{"probe", card.name},
                         {"border", to_string(card.border)},
                         {"severity", to_string(card.severity)},
                         {"tries", card.tries},
                         {"why", card.why},
                         {"close", card.close}});
  }
  return {.text = table.str(), .document = {{"probes", std::move(documents)}}};
}

}  // namespace tenantctl
