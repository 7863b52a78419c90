#include "pipeline/steps/credentials_step.hpp"

#include <fmt/format.h>

#include "pipeline/json_fields.hpp"
#include "pipeline/steps/evidence.hpp"
#include "ports/new_password.hpp"

namespace tenantctl {
namespace {

Evidence evidence_with(const TenantDatabase& names, const std::filesystem::path& file) {
  auto evidence = evidence_of(names);
  evidence["file"] = file.string();
  return evidence;
}

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
      code_(plan.code),
      slug_(plan.slug),
      file_(plan.credentials_file),
      description_(describe_handing_over(file_, names_.login)) {}

Result<Observation> CredentialsStep::probe() {
  const auto evidence = evidence_with(names_, file_);
  if (file_.empty()) return Observation{Presence::absent, evidence};
  TRY_ASSIGN(auto seen, store_.observe(file_, names_.tenant));
  // A whole file says nothing of whether the login has that password.
  const auto presence = seen.presence == Presence::complete ? Presence::partial : seen.presence;
  return Observation{presence, evidence, std::move(seen.detail)};
}

Result<Evidence> CredentialsStep::apply() {
  TRY_ASSIGN(const auto password, password_to_give());
  // The file first: nobody can log in with what it holds until the server knows the verifier, and the other way round a
  // crash would leave a login that works with a password that nobody knows.
  if (!file_.empty()) TRY(hand_over(password));
  TRY(server_.enable_login(names_, password));
  if (file_.empty()) issued_.password = password;
  return evidence_with(names_, file_);
}

/// Where the file is there already, of a process that was killed, the application may have read it.
Result<Secret> CredentialsStep::password_to_give() {
  if (file_.empty()) return new_password(entropy_);
  TRY_ASSIGN(auto there, store_.read(file_, names_.tenant));
  return there ? std::move(there->password) : new_password(entropy_);
}

Result<void> CredentialsStep::hand_over(const Secret& password) {
  return store_.write(file_, {.tenant = names_.tenant,
                              .code = code_,
                              .slug = slug_,
                              .address = server_.address(),
                              .database = names_.database,
                              .login = names_.login,
                              .password = password,
                              .schema = names_.schema});
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
