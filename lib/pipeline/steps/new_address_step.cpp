#include "pipeline/steps/new_address_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"
#include "ports/new_password.hpp"

namespace tenantctl {
namespace {

std::string describe_new_address(const MovePlan& plan) {
  const auto& login = plan.tenant.database.login.str();
  const auto& file = plan.tenant.credentials_file;
  if (file.empty()) return fmt::format("let \"{}\" log in on server \"{}\" with a new password, printed once", login, plan.to.str());
  return fmt::format("let \"{}\" log in on server \"{}\", and say so in \"{}\"", login, plan.to.str(), file.string());
}

}  // namespace

NewAddressStep::NewAddressStep(const MovePlan& plan, const MovePorts& ports)
    : source_(ports.source),
      target_(ports.target),
      store_(ports.credentials),
      entropy_(ports.entropy),
      issued_(ports.issued),
      names_(plan.tenant.database),
      code_(plan.tenant.code),
      slug_(plan.tenant.slug),
      file_(plan.tenant.credentials_file),
      stays_closed_(!plan.is_open()),
      description_(describe_new_address(plan)) {}

Evidence NewAddressStep::evidence() const {
  auto evidence = evidence_of(names_);
  evidence["file"] = file_.string();
  return evidence;
}

Result<Observation> NewAddressStep::probe() {
  if (file_.empty()) return Observation{Presence::absent, evidence()};
  // Without it nothing is begun here, so that all can still go back.
  if (is_final()) TRY(password());
  TRY_ASSIGN(auto seen, store_.observe(file_, names_.tenant));
  // A whole file says nothing of which server it names.
  const auto presence = seen.presence == Presence::complete ? Presence::partial : seen.presence;
  return Observation{presence, evidence(), std::move(seen.detail)};
}

Result<Secret> NewAddressStep::password() const {
  if (file_.empty()) return new_password(entropy_);
  TRY_ASSIGN(auto details, store_.read(file_, names_.tenant));
  if (details) return std::move(details->password);
  return fail(make_error(ErrorCode::file_not_found, fmt::format("credentials file \"{}\" is gone", file_.string()))
                  .with_hint("put it back, and try again"));
}

Result<Evidence> NewAddressStep::apply() {
  TRY_ASSIGN(const auto password, this->password());
  TRY(stays_closed_ ? target_.set_password(names_, password) : target_.enable_login(names_, password));
  if (file_.empty()) issued_.password = password;
  else TRY(hand_over(password, target_));
  return evidence();
}

Result<void> NewAddressStep::hand_over(const Secret& password, const DatabaseServer& server) const {
  return store_.write(file_, {.tenant = names_.tenant,
                              .code = code_,
                              .slug = slug_,
                              .address = server.address(),
                              .database = names_.database,
                              .login = names_.login,
                              .password = password,
                              .schema = names_.schema});
}

// What it works on comes from the operation's own parameters, as the evidence does.
Result<void> NewAddressStep::revert(const Evidence&) {
  auto disabled = target_.disable_login(names_);  // the file says the old address even where the server can't be reached
  issued_.password.reset();
  if (file_.empty()) return disabled;
  TRY_ASSIGN(const auto details, store_.read(file_, names_.tenant));
  if (details) TRY(hand_over(details->password, source_));
  return disabled;
}

}  // namespace tenantctl
