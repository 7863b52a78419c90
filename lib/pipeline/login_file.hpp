// A tenant's credentials file, as the steps that give or move its login work with it: what goes into it, and what a journal keeps of it.
#pragma once
#include "pipeline/create_plan.hpp"
#include "pipeline/step.hpp"
#include "ports/credential_store.hpp"

namespace tenantctl {

class LoginFile {
 public:
  /// `store` must outlive this.
  LoginFile(const CreatePlan& plan, CredentialStore& store);

  /// False: the password is printed instead.
  bool is_wanted() const { return !path_.empty(); }
  const std::filesystem::path& path() const { return path_; }

  /// Never complete: a whole file says nothing of whether the login has that password, nor of which server it names.
  Result<Observation> observe() const;
  Evidence evidence() const;
  /// Nothing where there is no file. Errors: as CredentialStore::read.
  Result<std::optional<Secret>> password() const;
  /// Says that the login has that password on that server. Errors: as CredentialStore::write.
  Result<void> write(const Secret& password, const DatabaseServer& server) const;

 private:
  CredentialStore& store_;
  TenantDatabase names_;
  TenantCode code_;
  TenantSlug slug_;
  std::filesystem::path path_;
};

}  // namespace tenantctl
