// HTTP requests by libcurl, each on a connection of its own as a new visitor's would be. It follows no redirects but those of a host
// to itself by https, heeds no proxy of the environment, and keeps at most 64 KiB of an answer.
#pragma once
#include <filesystem>
#include <optional>

#include "ports/http_probe.hpp"

namespace tenantctl {

/// How hosts are asked by https.
struct HttpsWay {
  std::string address;          // "https://127.0.0.1:443": where to connect
  std::filesystem::path roots;  // whom to trust; empty: whom the system trusts
};

class CurlProbe : public HttpProbe {
 public:
  /// From now on a host that sends its visitors to https is asked by https, as they would.
  void follow_to_https(HttpsWay way) { https_ = std::move(way); }

  /// By https the host's certificate has to be its own, and good. Errors: bad_value (address or path malformed), nginx_unreachable,
  /// http_check_failed, timed_out.
  Result<HttpAnswer> get(const HttpRequest& request) override;
  /// The body is what stands behind the header, as it was sent.
  Result<HttpAnswer> exchange(const RawRequest& request) override;

 private:
  std::optional<HttpsWay> https_;
};

/// Asks a server that listens on a unix socket. Errors: nginx_unreachable, http_check_failed, timed_out.
Result<HttpAnswer> get_over_socket(const std::filesystem::path& socket, const std::string& path, std::chrono::milliseconds limit);

}  // namespace tenantctl
