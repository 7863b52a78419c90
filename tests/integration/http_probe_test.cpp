#include <netinet/in.h>
#include <sys/socket.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <thread>

#include "adapters/files/descriptor.hpp"
#include "adapters/http/curl_probe.hpp"
#include "support/free_port.hpp"
#include "support/nginx_server.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
using namespace std::chrono_literals;

namespace {

/// Answers every connection with the same bytes, after reading what comes first; without bytes it never answers.
class CannedServer {
 public:
  explicit CannedServer(std::string answer, bool silent = false) : answer_(std::move(answer)), silent_(silent) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    REQUIRE(::listen(socket_.get(), 8) == 0);
    if (!silent_) thread_ = std::thread([this] { serve(); });
  }
  ~CannedServer() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }
  const std::string& request() const { return request_; }

 private:
  void serve() {
    while (true) {
      const Descriptor client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) return;
      char buffer[4096];
      const auto count = ::recv(client.get(), buffer, sizeof buffer, 0);
      request_.assign(buffer, static_cast<std::size_t>(std::max<ssize_t>(0, count)));
      std::string_view rest = answer_;
      while (!rest.empty()) {
        const auto sent = ::send(client.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(sent));
      }
    }
  }

  std::string answer_;
  bool silent_;
  Descriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port_ = 0;
  std::string request_;
  std::thread thread_;
};

HttpRequest request_to(const std::string& address) {
  return {.address = address, .host = *HostName::parse("acme.yourapp.test"), .path = "/ping", .limit = 2000ms};
}

}  // namespace

TEST_CASE("the probe asks the given address for the given host", "[http]") {
  CannedServer server("HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\npong");
  CurlProbe probe;

  const auto answer = probe.get(request_to(server.address()));

  REQUIRE(answer);
  CHECK(answer->status == 201);
  CHECK(answer->body == "pong");
  CHECK_THAT(server.request(), Contains("GET /ping HTTP/1.1\r\nHost: acme.yourapp.test\r\n"));
}

TEST_CASE("the probe reports a redirect instead of following it", "[http]") {
  CannedServer server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");

  CHECK(CurlProbe().get(request_to(server.address()))->status == 302);
}

TEST_CASE("the probe heeds no proxy of the environment", "[http]") {
  CannedServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);

  const auto answer = CurlProbe().get(request_to(server.address()));
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");

  REQUIRE(answer);
  CHECK(answer->body == "ok");
}

TEST_CASE("nobody listening is unreachable, and a retry is safe", "[http]") {
  const auto answer = CurlProbe().get(request_to("http://127.0.0.1:" + std::to_string(free_port())));

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::nginx_unreachable);
  CHECK(answer.error().retryable);
}

TEST_CASE("a connection closed without an answer is a failed check", "[http]") {
  CannedServer server("");

  const auto answer = CurlProbe().get(request_to(server.address()));

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::http_check_failed);
  CHECK_THAT(answer.error().message, Contains("acme.yourapp.test") && Contains("without an answer"));
}

TEST_CASE("a server that never answers times out at the limit", "[http]") {
  CannedServer server("", true);
  auto request = request_to(server.address());
  request.limit = 100ms;

  const auto begun = std::chrono::steady_clock::now();
  const auto answer = CurlProbe().get(request);

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::timed_out);
  CHECK(std::chrono::steady_clock::now() - begun < 2s);
}

TEST_CASE("a huge answer is cut at 64 KiB and keeps its status", "[http]") {
  CannedServer server("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x'));

  const auto answer = CurlProbe().get(request_to(server.address()));

  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.size() == 65536);
}

TEST_CASE("an address or path that could smuggle something is refused before any connection", "[http]") {
  auto request = request_to(
      GENERATE("file:///etc/passwd", "http://", "ftp://127.0.0.1", "http://user@127.0.0.1", "http://127.0.0.1/x", "127.0.0.1:80"));
  CHECK(CurlProbe().get(request).error().code == ErrorCode::bad_value);

  request = request_to("http://127.0.0.1:1");
  request.path = GENERATE("ping", "", "/a b", "/a\r\nX-Tenant: evil");
  CHECK(CurlProbe().get(request).error().code == ErrorCode::bad_value);
}

TEST_CASE("a raw request goes out as it is, and the answer's status and body come back; a connection that is just closed is status 0") {
  CannedServer server("HTTP/1.1 403 Forbidden\r\nServer: x\r\n\r\nnot you");
  CurlProbe probe;
  const std::string odd = "GET http://a.test/ HTTP/1.1\r\nHost: b.test\r\nHost: c.test\r\n\r\n";

  const auto answer = probe.exchange({.address = server.address(), .text = odd});

  REQUIRE(answer);
  CHECK(answer->status == 403);
  CHECK(answer->body == "not you");
  CHECK(server.request() == odd);
  CannedServer mute("");
  const auto closed = probe.exchange({.address = mute.address(), .text = odd});
  REQUIRE(closed);
  CHECK(closed->status == 0);
  CHECK(closed->body.empty());
}

TEST_CASE("a raw request to nobody, to a server that is silent, and to what is no address are errors") {
  CurlProbe probe;
  const auto nobody = probe.exchange({.address = "http://127.0.0.1:" + std::to_string(free_port()), .text = "GET / HTTP/1.0\r\n\r\n"});
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == ErrorCode::nginx_unreachable);
  CannedServer silent("x", true);
  const auto late = probe.exchange({.address = silent.address(), .text = "GET / HTTP/1.0\r\n\r\n", .limit = 200ms});
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::timed_out);
  CHECK_FALSE(probe.exchange({.address = "nowhere", .text = "GET / HTTP/1.0\r\n\r\n"}));
}
