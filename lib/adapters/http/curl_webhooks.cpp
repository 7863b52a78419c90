#include "adapters/http/curl_webhooks.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <array>
#include <vector>

#include "adapters/http/public_address.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr long k_connect_limit_ms = 5000;
constexpr long k_limit_ms = 15000;

using UrlHandle = std::unique_ptr<CURLU, Releaser<curl_url_cleanup>>;
using AddressList = std::unique_ptr<addrinfo, Releaser<freeaddrinfo>>;

struct Endpoint {
  std::string host;
  std::string port;
};

std::string part_of(CURLU& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(&url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

/// As libcurl itself reads the URL: a second reader would see another host in an odd one.
Result<Endpoint> endpoint_of(const WebhookCall& call) {
  const UrlHandle url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, call.url.c_str(), 0) != CURLUE_OK)
    return fail(ErrorCode::webhook_refused, fmt::format("{} is no URL", shown_url(call.url)));
  return Endpoint{part_of(*url, CURLUPART_HOST), part_of(*url, CURLUPART_PORT)};
}

std::string without_brackets(const std::string& host) { return host.starts_with('[') ? host.substr(1, host.size() - 2) : host; }

/// All addresses of the host, in the form of CURLOPT_RESOLVE. One that is not public spoils them all.
Result<std::string> resolved(const Endpoint& endpoint, const WebhookCall& call) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(without_brackets(endpoint.host).c_str(), endpoint.port.c_str(), &wanted, &found); failed != 0) {
    return fail(make_error(ErrorCode::webhook_unreachable,
                           fmt::format("the host of {} can't be found: {}", shown_url(call.url), ::gai_strerror(failed)))
                    .may_retry());
  }
  const AddressList list(found);
  std::string addresses;
  for (const auto* one = list.get(); one != nullptr; one = one->ai_next) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    if (!call.allow_private && !is_public(*one->ai_addr)) {
      return fail(make_error(ErrorCode::webhook_refused,
                             fmt::format("{} leads to {}, which is no public address", shown_url(call.url), text.data()))
                      .with_hint("correct its url, or write allow_private: true where that is meant"));
    }
    addresses += fmt::format(fmt::runtime(one->ai_family == AF_INET6 ? "{}[{}]" : "{}{}"), addresses.empty() ? "" : ",", text.data());
  }
  return fmt::format("{}:{}:{}", endpoint.host, endpoint.port, addresses);
}

std::size_t drop_body(char*, std::size_t, std::size_t count, void* left) {
  auto& budget = *static_cast<std::size_t*>(left);
  if (count > budget) return 0;  // ends the transfer: its status is known
  budget -= count;
  return count;
}

Error unreachable(CURLcode code, const WebhookCall& call, const char* what) {
  const auto why = *what != '\0' ? std::string(what) : std::string(curl_easy_strerror(code));
  return make_error(ErrorCode::webhook_unreachable, fmt::format("{} can't be reached: {}", shown_url(call.url), printable(why)))
      .may_retry();
}

}  // namespace

Result<WebhookAnswer> CurlWebhooks::post(const WebhookCall& call) {
  TRY_ASSIGN(const auto endpoint, endpoint_of(call));
  TRY_ASSIGN(const auto pinned, resolved(endpoint, call));
  if (!handle_) handle_ = curl::new_handle();
  auto* handle = handle_.get();
  curl::List headers, resolve;
  // An address in brackets is its own, and CURLOPT_RESOLVE has no way to say one.
  bool made = handle != nullptr && (endpoint.host.starts_with('[') || curl::append(resolve, pinned.c_str()));
  for (const auto& header :
       {std::string("Content-Type: application/json"), "webhook-id: " + call.id, "webhook-timestamp: " + call.timestamp,
        "webhook-signature: " + call.signature, std::string("User-Agent: tenantctl/" TENANTCTL_VERSION)})
    made = made && curl::append(headers, header.c_str());
  if (!made) return fail(ErrorCode::internal, "libcurl can't be set up");
  std::array<char, CURL_ERROR_SIZE> what{};
  std::size_t budget = 65536;
  curl_easy_setopt(handle, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(handle, CURLOPT_RESOLVE, resolve.get());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(call.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call.body.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);  // the next one is looked up, and judged, anew
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, k_connect_limit_ms);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, k_limit_ms);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &budget);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, what.data());
  curl::watch(handle, interrupted_);
  const auto ended = curl::perform(handle);
  if (auto stopped = curl::broken_off(ended.code, interrupted_)) return fail(std::move(*stopped));
  const bool cut_by_us = ended.code == CURLE_WRITE_ERROR && ended.status != 0;
  if (ended.code != CURLE_OK && !cut_by_us) return fail(unreachable(ended.code, call, what.data()));
  return WebhookAnswer{.status = ended.status, .retry_after = ended.retry_after};
}

}  // namespace tenantctl
