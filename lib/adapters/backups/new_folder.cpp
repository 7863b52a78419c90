#include "adapters/backups/new_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "adapters/files/atomic_file.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

Error taken(const fs::path& wanted) {
  return make_error(ErrorCode::foreign_object, fmt::format("\"{}\" exists already", wanted.native()))
      .with_hint("name a folder that is not there yet");
}

}  // namespace

Result<std::unique_ptr<ExportFolder>> NewFolder::begin(const fs::path& wanted) {
  std::error_code error;
  auto absolute = fs::absolute(wanted, error).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // "data/" means "data"
  if (absolute == absolute.root_path())
    return fail(ErrorCode::bad_value, fmt::format("\"{}\" is no name for a new folder", wanted.native()));
  if (fs::exists(fs::symlink_status(absolute, error))) return fail(taken(absolute));
  const auto draft = absolute.parent_path() / fmt::format(".{}.draft", absolute.filename().string());
  if (::mkdir(draft.c_str(), 0700) != 0) {
    if (errno == EEXIST)
      return fail(
          make_error(ErrorCode::foreign_object, fmt::format("\"{}\" exists already: an export that goes on, or was killed", draft.native()))
              .with_hint(fmt::format("run \"rm -r {}\" if nobody is at it", draft.native())));
    return fail(file_error("create", draft, errno));
  }
  return std::unique_ptr<ExportFolder>(new NewFolder(absolute, draft));
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (!kept_) fs::remove_all(draft_, ignored);
}

Result<void> NewFolder::add(const std::string& name, const nlohmann::json& document) {
  return create_file(
      {.path = draft_ / name, .text = document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", .mode = 0600});
}

Result<fs::path> NewFolder::keep() {
  TRY(make_durable(draft_));
  if (::renameat2(AT_FDCWD, draft_.c_str(), AT_FDCWD, wanted_.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) return fail(taken(wanted_));
    return fail(file_error("write", wanted_, errno));
  }
  draft_ = wanted_;  // what can't be made to last goes again
  TRY(make_durable(wanted_.parent_path()));
  kept_ = true;
  return wanted_;
}

}  // namespace tenantctl
