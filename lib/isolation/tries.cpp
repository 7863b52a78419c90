#include "isolation/tries.hpp"

namespace tenantctl {

void Tries::found(const ProbeCard& card, const std::string& object, const std::string& detail, std::vector<ClosingStatement> statements) {
  result_.findings.push_back({.probe = card.name,
                              .border = card.border,
                              .severity = card.severity,
                              .verdict = card.is_visible_for(kind_) ? Verdict::visible : Verdict::breach,
                              .object = object,
                              .detail = detail,
                              .close = card.close,
                              .statements = std::move(statements)});
}

void Tries::unclear(const ProbeCard& card, const std::string& object, const std::string& why) {
  result_.findings.push_back({.probe = card.name,
                              .border = card.border,
                              .severity = card.severity,
                              .verdict = Verdict::inconclusive,
                              .object = object,
                              .detail = why,
                              .close = "make it possible to try, and run verify-isolation again"});
}

}  // namespace tenantctl
