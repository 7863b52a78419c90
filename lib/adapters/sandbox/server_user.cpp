#include "adapters/sandbox/server_user.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tenantctl {
namespace {

constexpr const char* k_candidates[] = {"tenantctl", "postgres", "nobody"};

const passwd* entry_to_drop_to(const std::filesystem::path& data) {
  struct stat status {};
  if (::stat(data.c_str(), &status) == 0 && status.st_uid != 0) return ::getpwuid(status.st_uid);
  for (const auto* name : k_candidates) {
    const auto* entry = ::getpwnam(name);
    if (entry != nullptr && entry->pw_uid != 0) return entry;
  }
  return nullptr;
}

}  // namespace

Result<ServerUser> ServerUser::choose(const std::filesystem::path& data) {
  ServerUser user;
  user.dropped_ = ::geteuid() == 0;
  const auto* entry = user.dropped_ ? entry_to_drop_to(data) : ::getpwuid(::geteuid());
  if (entry == nullptr && user.dropped_) {
    return fail(make_error(ErrorCode::sandbox_failed,
                           "there is no user \"tenantctl\", \"postgres\" or \"nobody\" for the sandbox's servers to run as")
                    .with_hint("create one with \"useradd --system tenantctl\""));
  }
  user.uid_ = entry != nullptr ? entry->pw_uid : ::geteuid();
  user.gid_ = entry != nullptr ? entry->pw_gid : ::getegid();
  user.name_ = entry != nullptr ? entry->pw_name : fmt::format("{}", user.uid_);  // a container may have no entry for us
  user.home_ = entry != nullptr ? entry->pw_dir : "/";
  return user;
}

std::vector<std::string> ServerUser::as_user(std::vector<std::string> argv) const {
  if (!dropped_) return argv;
  std::vector<std::string> result{
      "setpriv", fmt::format("--reuid={}", uid_), fmt::format("--regid={}", gid_), "--init-groups", "--inh-caps=-all", "--"};
  result.insert(result.end(), argv.begin(), argv.end());
  return result;
}

std::vector<std::string> ServerUser::environment() const {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=" + home_, "USER=" + name_,
          "LOGNAME=" + name_};
}

}  // namespace tenantctl
