// The name of a file's draft: one for each file, so that a draft whose process was killed is found by the next writer, by
// the file's removal, and by the doctor. It has no form that nginx's "*.conf" matches.
#pragma once
#include <filesystem>

namespace tenantctl {

/// In the file's own folder: ".tenantctl-", 16 hexadecimal digits of the file's name, ".tmp".
std::filesystem::path draft_name(const std::filesystem::path& file);

/// Whether the name is one that draft_name gives.
bool has_name_of_draft(const std::filesystem::path& file);

}  // namespace tenantctl
