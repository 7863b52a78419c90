// HTTP requests by libcurl, each on a connection of its own as a new visitor's would be. It follows no redirects, heeds no
// proxy of the environment, and keeps at most 64 KiB of an answer.
#pragma once
#include <filesystem>

#include "ports/http_probe.hpp"

namespace tenantctl {

class CurlProbe : public HttpProbe {
 public:
  /// Errors: bad_value (address or path malformed), nginx_unreachable, http_check_failed, timed_out.
  Result<HttpAnswer> get(const HttpRequest& request) override;
  /// The body is what stands behind the header, as it was sent.
  Result<HttpAnswer> exchange(const RawRequest& request) override;
};

/// Asks a server that listens on a unix socket. Errors: nginx_unreachable, http_check_failed, timed_out.
Result<HttpAnswer> get_over_socket(const std::filesystem::path& socket, const std::string& path, std::chrono::milliseconds limit);

}  // namespace tenantctl
