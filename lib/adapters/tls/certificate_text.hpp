#pragma once
#include <string_view>

#include "core/instant.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// When the first certificate of a text in PEM ends. Errors: process_failed, where there is none.
Result<Instant> end_of_certificate(std::string_view pem);

}  // namespace tenantctl
