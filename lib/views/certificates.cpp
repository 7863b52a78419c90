#include "views/certificates.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/instants.hpp"

namespace tenantctl {

nlohmann::json certificate_document(const ShownCertificate& shown) {
  const auto& certificate = shown.certificate;
  auto names = nlohmann::json::array();
  for (const auto& name : certificate.order.names) names.push_back(name.str());
  return {{"name", certificate.order.name().str()},
          {"tenant", certificate.order.slug.str()},
          {"names", std::move(names)},
          {"state", certificate.pending() ? "pending" : "issued"},
          {"requested_at", to_rfc3339(certificate.requested_at)},
          {"issued_at", instant_or_null(certificate.issued_at)},
          {"not_after", instant_or_null(certificate.not_after)},
          {"due_at", to_rfc3339(certificate.due_at)},
          {"expected_at", instant_or_null(shown.expected_at)},
          {"tries", certificate.tries},
          {"problem", certificate.problem}};
}

std::string certificate_text(const ShownCertificate& shown) {
  const auto& certificate = shown.certificate;
  auto text = certificate.pending() ? fmt::format("pending, not before {}", to_rfc3339(*shown.expected_at))
                                    : fmt::format("until {}", to_rfc3339(*certificate.not_after));
  if (!certificate.problem.empty())
    text +=
        fmt::format("; {} failed: {}", certificate.tries == 1 ? "1 try" : fmt::format("{} tries", certificate.tries), certificate.problem);
  return text;
}

Report certificates_report(const std::vector<ShownCertificate>& certificates) {
  TextTable table({"NAME", "TENANT", "CERTIFICATE"});
  auto list = nlohmann::json::array();
  for (const auto& shown : certificates) {
    table.add({shown.certificate.order.name().str(), shown.certificate.order.slug.str(), certificate_text(shown)});
    list.push_back(certificate_document(shown));
  }
  return {.text = certificates.empty() ? "no certificates\n" : table.str(), .document = {{"certificates", std::move(list)}}};
}

Report certificates_done_report(const CertificatesDone& done) {
  std::string text;
  auto got = nlohmann::json::object();
  for (const auto& [name, until] : done.got) {
    text += fmt::format("\"{}\" has a certificate until {}\n", name, to_rfc3339(until));
    got[name] = to_rfc3339(until);
  }
  for (const auto& [name, why] : done.failed) text += fmt::format("\"{}\" has none, and is tried again later: {}\n", name, why);
  if (done.is_busy) text += "another process is getting certificates\n";
  const int status = done.stopped_by        ? info(done.stopped_by->code).exit_status
                     : !done.failed.empty() ? info(ErrorCode::certificate_refused).exit_status
                     : done.is_busy         ? info(ErrorCode::locked).exit_status
                                            : 0;
  return {.text = std::move(text),
          .document = {{"got", std::move(got)}, {"failed", done.failed}, {"busy", done.is_busy}},
          .exit_status = status};
}

}  // namespace tenantctl
