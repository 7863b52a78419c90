#include "pipeline/steps/domain_answer_step.hpp"

#include <fmt/format.h>

namespace tenantctl {
namespace {

constexpr int k_forbidden = 403;

}  // namespace

DomainAnswerStep::DomainAnswerStep(const DomainPlan& plan, HttpProbe& http)
    : http_(http),
      host_(plan.host),
      ping_(plan.tenant.ping),
      address_(plan.tenant.probe_address),
      suspended_(plan.status != TenantStatus::active),
      description_(fmt::format("ask nginx for \"http://{}{}\"", host_.str(), ping_.path)) {}

Result<Evidence> DomainAnswerStep::apply() {
  auto answer = http_.get({.address = address_, .host = host_, .path = ping_.path, .limit = ping_.limit});
  if (!answer && answer.error().code == ErrorCode::http_check_failed) {
    answer.error().hint = "run \"tenantctl init\" to bring the file that nginx includes up to date, then add the domain again";
  }
  if (!answer) return fail(std::move(answer).error());
  if (suspended_ && answer->status != k_forbidden) {
    return fail(ErrorCode::http_check_failed,
                fmt::format("\"http://{}{}\" answers with {}, though the tenant is suspended", host_.str(), ping_.path, answer->status));
  }
  return Evidence{{"host", host_.str()}, {"path", ping_.path}, {"status", answer->status}};
}

}  // namespace tenantctl
