// The forms that values must have before they are put into an nginx file. Each function refuses by a list of what is
// allowed, never by a list of what is dangerous, except for paths, which may hold any letter of any language.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tenantctl {

/// "127.0.0.1:8080", "[::1]:8080", "*:80", "name:80". Returns it as given. Errors: config_invalid.
Result<std::string> check_listen(std::string_view text);

/// "http://HOST:PORT", without path; returns HOST:PORT. Errors: config_invalid.
Result<std::string> check_upstream(std::string_view text);

/// Absolute, and without whitespace, control characters, quotes and any of ; { } $ # \ *. Errors: config_invalid.
Result<std::string> check_nginx_path(const std::filesystem::path& path);

}  // namespace tenantctl
