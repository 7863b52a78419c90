// A mail's headers as RFC 5322 and RFC 2047 want them.
#pragma once
#include <string>
#include <vector>

#include "core/mail.hpp"

namespace tenantctl {

/// "Name: value" each, folded where it would be long, without a line end after it.
std::vector<std::string> mail_headers(const Mail& mail);

}  // namespace tenantctl
