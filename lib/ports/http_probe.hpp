// Asks a web server for a page as a tenant's visitor would, but at an address of our choice. It follows no redirects but those of a host
// to itself by https.
#pragma once
#include <chrono>
#include <string>

#include "core/names.hpp"
#include "core/result.hpp"

namespace tenantctl {

struct HttpRequest {
  std::string address;  // where to connect, such as "http://127.0.0.1:8080"; by https the certificate has to be the host's
  HostName host;        // what to ask for
  std::string path;     // begins with "/"
  std::chrono::milliseconds limit{2000};
};

struct HttpAnswer {
  int status = 0;
  std::string body;  // at most 64 KiB of it
};

/// A request as it goes over the wire, for what no well-behaved visitor sends.
struct RawRequest {
  std::string address;     // as of HttpRequest
  std::string text;        // with its line ends; what follows the answer is not read
  std::string named = {};  // by https: the host that the connection is opened for, whose certificate it has to be
  std::chrono::milliseconds limit{5000};
};

class HttpProbe {
 public:
  virtual ~HttpProbe() = default;
  /// Errors: nginx_unreachable (no connection), http_check_failed (connection closed without an answer), timed_out.
  virtual Result<HttpAnswer> get(const HttpRequest& request) = 0;
  /// The server is to close the connection after its answer: the request asks for that. `status` is 0, and the body empty, where it
  /// closes it without one. Errors: nginx_unreachable, timed_out, bad_value (the address).
  virtual Result<HttpAnswer> exchange(const RawRequest& request) = 0;
};

}  // namespace tenantctl
