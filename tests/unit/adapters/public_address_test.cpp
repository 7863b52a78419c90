// Which addresses a webhook may lead to.
#include <arpa/inet.h>
#include <netdb.h>

#include <catch2/catch.hpp>

#include "adapters/http/public_address.hpp"

using namespace tenantctl;

namespace {

bool is_public_text(const std::string& text) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  REQUIRE(::getaddrinfo(text.c_str(), nullptr, &hints, &found) == 0);
  const bool answer = is_public(*found->ai_addr);
  ::freeaddrinfo(found);
  return answer;
}

}  // namespace

TEST_CASE("addresses on the Internet are public") {
  const auto* text =
      GENERATE("8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
               "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
               "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1");
  INFO(text);
  CHECK(is_public_text(text));
}

TEST_CASE("addresses of this machine, of its network, of clouds' metadata and of nobody are not") {
  const auto* text = GENERATE("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
                              "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1",
                              "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1",
                              "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "3fff::1", "::127.0.0.1", "4000::1");
  INFO(text);
  CHECK_FALSE(is_public_text(text));
}
