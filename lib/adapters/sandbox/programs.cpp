#include "adapters/sandbox/programs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace tenantctl {
namespace {

Result<std::filesystem::path> first_executable(std::string_view name, const std::vector<std::filesystem::path>& folders) {
  for (const auto& folder : folders) {
    auto program = folder / name;
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return fail(make_error(ErrorCode::process_failed, fmt::format("the program \"{}\" is not installed", name))
                  .with_hint("install it with \"scripts/install-deps\""));
}

}  // namespace

Result<std::filesystem::path> find_postgres_program(std::string_view name) {
  return first_executable(name, {"/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin"});
}

Result<std::filesystem::path> find_nginx() {
  return first_executable("nginx", {"/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"});
}

}  // namespace tenantctl
