#include "pipeline/steps/new_address_step.hpp"

#include <fmt/format.h>

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
      entropy_(ports.entropy),
      issued_(ports.issued),
      names_(plan.tenant.database),
      file_(plan.tenant, ports.credentials),
      stays_closed_(!plan.is_open()),
      description_(describe_new_address(plan)) {}

Result<Observation> NewAddressStep::probe() {
  // Without it nothing is begun here, so that all can still go back.
  if (is_final()) TRY(password());
  return file_.observe();
}

Result<Secret> NewAddressStep::password() const {
  if (!file_.is_wanted()) return new_password(entropy_);
  TRY_ASSIGN(auto there, file_.password());
  if (there) return std::move(*there);
  return fail(make_error(ErrorCode::file_not_found, fmt::format("credentials file \"{}\" is gone", file_.path().string()))
                  .with_hint("put it back, and try again"));
}

Result<Evidence> NewAddressStep::apply() {
  TRY_ASSIGN(const auto password, this->password());
  TRY(stays_closed_ ? target_.set_password(names_, password) : target_.enable_login(names_, password));
  if (file_.is_wanted()) {
    TRY(file_.write(password, target_));
  } else {
    issued_.password = password;
  }
  return file_.evidence();
}

// What it works on comes from the operation's own parameters, as the evidence does.
Result<void> NewAddressStep::revert(const Evidence&) {
  auto disabled = target_.disable_login(names_);  // the file says the old address even where the server can't be reached
  issued_.password.reset();
  if (!file_.is_wanted()) return disabled;
  TRY_ASSIGN(const auto there, file_.password());
  if (there) TRY(file_.write(*there, source_));
  return disabled;
}

}  // namespace tenantctl
