// The sandbox, for the length of a scope, with one of three ways to make tenants: with a database each ("demo"), with a schema of
// a database that they share ("shared"), or with PostgreSQL and nginx behind an sshd ("ssh"). It moves no tenant: there should be
// none when it begins, and none when it ends.
#pragma once
#include <memory>

#include "support/nginx_behind_ssh.hpp"

namespace tenantctl::test {

class CreateWay {
 public:
  explicit CreateWay(const std::string& name, const std::string& of_sshd = {}) {
    if (name == "shared") LiveSandbox::get().use(changed_config("shared_way.yaml", {{"default_stack: demo", "default_stack: shared"}}));
    if (name != "ssh") return;
    behind_ = std::make_unique<NginxBehindSsh>(of_sshd);
    LiveSandbox::get().use(behind_->config());
  }
  CreateWay(const CreateWay&) = delete;
  CreateWay& operator=(const CreateWay&) = delete;
  ~CreateWay() { LiveSandbox::get().use({}); }

  SshServer& ssh() { return behind_->ssh(); }

 private:
  std::unique_ptr<NginxBehindSsh> behind_;
};

}  // namespace tenantctl::test
