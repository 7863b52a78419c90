// What certbot's words and its log say about a failure. Pure: text in, errors out.
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace tenantctl {

/// Debian's certbot 2.1.0 turns an authority's answer into "can't set attribute"; what the answer was stands in its log alone.
Error certbot_failure(const std::string& name, std::string_view said_and_log);

/// Why the authority refused the last thing in that text: "dns: no such host"; empty where it refused nothing.
std::string authority_said(std::string_view log);

}  // namespace tenantctl
