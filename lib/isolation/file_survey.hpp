// Looks whether files and folders that must be closed to others are. It reads modes and owners, and no file.
#pragma once
#include <filesystem>
#include <span>
#include <string>

#include "core/probe_card.hpp"
#include "isolation/tries.hpp"
#include "ports/shell.hpp"

namespace tenantctl {

struct FileWish {
  std::string probe;
  std::filesystem::path path;
  unsigned forbidden = 0;               // mode bits that must not be set, such as 0077
  std::filesystem::path owner_as = {};  // whose owner it must have; empty: any
};

/// All on the shell's host, in one look. A path that is not there is no finding: nothing can be read of it.
void survey_files(std::span<const FileWish> wishes, std::span<const ProbeCard> cards, Shell& shell, Tries& tries);

}  // namespace tenantctl
