// A web server on loopback with one page, as a customer's own is before its name is moved. Any other path gets a 404 that repeats
// what was asked for; it serves one request after the other until it is destroyed.
#pragma once
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "adapters/files/descriptor.hpp"

namespace tenantctl::test {

class OnePage {
 public:
  OnePage(std::string path, std::string body)
      : path_(std::move(path)), body_(std::move(body)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
      throw std::runtime_error("no page can be served");
    port_ = ntohs(address.sin_port);
    server_ = std::thread([this] { serve(); });
  }
  OnePage(const OnePage&) = delete;
  OnePage& operator=(const OnePage&) = delete;
  ~OnePage() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // accept returns
    server_.join();
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

 private:
  void serve() const {
    while (true) {
      const Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.get() < 0) return;
      char buffer[4096];
      const auto count = ::recv(client.get(), buffer, sizeof buffer, 0);
      const std::string request(buffer, count > 0 ? static_cast<std::size_t>(count) : 0U);
      const bool known = request.starts_with("GET " + path_ + " ");
      const auto& body = known ? body_ : request;
      const auto answer = fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                                      known ? "200 OK" : "404 Not Found", body.size(), body);
      ::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  std::string path_;
  std::string body_;
  Descriptor listener_;
  int port_ = 0;
  std::thread server_;
};

}  // namespace tenantctl::test
