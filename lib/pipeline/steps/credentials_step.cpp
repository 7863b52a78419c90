#include "pipeline/steps/credentials_step.hpp"

#include <fmt/format.h>

#include "pipeline/json_fields.hpp"
#include "pipeline/steps/evidence.hpp"
#include "ports/new_password.hpp"

namespace tenantctl {
namespace {

std::string describe_handing_over(const std::filesystem::path& file, const RoleName& login) {
  if (file.empty()) return fmt::format("let \"{}\" log in with a new password, printed once", login.str());
  return fmt::format("let \"{}\" log in with a new password, kept in \"{}\"", login.str(), file.string());
}

}  // namespace

CredentialsStep::CredentialsStep(const CreatePlan& plan, const CreatePorts& ports)
    : server_(ports.server),
      store_(ports.credentials),
      entropy_(ports.entropy),
      issued_(ports.issued),
      names_(plan.database),
      file_(plan, ports.credentials),
      description_(describe_handing_over(file_.path(), names_.login)) {}

Result<Observation> CredentialsStep::probe() {
  auto seen = file_.observe();
  is_there_ = seen && seen->presence != Presence::absent;
  return seen;
}

Result<Evidence> CredentialsStep::apply() {
  TRY_ASSIGN(const auto password, password_to_give());
  // The file first: nobody can log in with what it holds until the server knows the verifier, and the other way round a
  // crash would leave a login that works with a password that nobody knows.
  if (file_.is_wanted()) TRY(file_.write(password, server_));
  TRY(server_.enable_login(names_, password));
  if (!file_.is_wanted()) issued_.password = password;
  return file_.evidence();
}

/// Where the file is there already, of a process that was killed, the application may have read it.
Result<Secret> CredentialsStep::password_to_give() const {
  if (!is_there_) return new_password(entropy_);
  TRY_ASSIGN(auto there, file_.password());
  return there ? std::move(*there) : new_password(entropy_);
}

Result<void> CredentialsStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto names, database_from(evidence));
  TRY_ASSIGN(const std::filesystem::path file, json_field<std::string>(evidence, "file"));
  auto disabled = server_.disable_login(names);  // the file goes even where the server can't be reached
  // Somebody else's role: ours is gone, or was never made. The step that makes it says which.
  if (!disabled && disabled.error().code == ErrorCode::foreign_object) disabled = {};
  if (!file.empty()) TRY(store_.remove(file, names.tenant));
  issued_.password.reset();
  return disabled;
}

}  // namespace tenantctl
