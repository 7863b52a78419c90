#include "pipeline/login_file.hpp"

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

LoginFile::LoginFile(const CreatePlan& plan, CredentialStore& store)
    : store_(store), names_(plan.database), code_(plan.code), slug_(plan.slug), path_(plan.credentials_file) {}

Evidence LoginFile::evidence() const {
  auto evidence = evidence_of(names_);
  evidence["file"] = path_.string();
  return evidence;
}

Result<Observation> LoginFile::observe() const {
  if (!is_wanted()) return Observation{Presence::absent, evidence()};
  TRY_ASSIGN(auto seen, store_.observe(path_, names_.tenant));
  const auto presence = seen.presence == Presence::complete ? Presence::partial : seen.presence;
  return Observation{presence, evidence(), std::move(seen.detail)};
}

Result<std::optional<Secret>> LoginFile::password() const {
  TRY_ASSIGN(auto details, store_.read(path_, names_.tenant));
  return details ? std::optional(std::move(details->password)) : std::nullopt;
}

Result<void> LoginFile::write(const Secret& password, const DatabaseServer& server) const {
  return store_.write(path_, {.tenant = names_.tenant,
                              .code = code_,
                              .slug = slug_,
                              .address = server.address(),
                              .database = names_.database,
                              .login = names_.login,
                              .password = password,
                              .schema = names_.schema});
}

}  // namespace tenantctl
