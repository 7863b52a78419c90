// Certificates for test servers.
#pragma once
#include <filesystem>
#include <string>

#include "support/temp_folder.hpp"

namespace tenantctl::test {

/// FOLDER/cert.pem and key.pem, for that name and 127.0.0.1, signed by itself. Throws std::runtime_error.
void make_certificate(const TempFolder& folder, const std::string& name);

}  // namespace tenantctl::test
