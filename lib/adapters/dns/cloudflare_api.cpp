#include "adapters/dns/cloudflare_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "core/utf8.hpp"

namespace tenantctl::cloudflare {
namespace {

using namespace std::chrono_literals;

constexpr long k_api_limit_ms = 15000;
constexpr int k_times_to_ask = 3;
constexpr int k_times_to_be_put_off = 3;
constexpr auto k_longest_pause = 300s;  // for which its own limit blocks
constexpr int k_too_many = 429;

std::size_t keep(char* data, std::size_t, std::size_t count, void* target) {
  static_cast<std::string*>(target)->append(data, count);
  return count;
}

Error unreachable(const std::string& url, const std::string& why) {
  return make_error(ErrorCode::dns_unreachable, fmt::format("{}: {}", url, printable(why)))
      .with_hint("see whether it can be reached from here, and dns.api")
      .may_retry();
}

Answer answer_of(const nlohmann::json& document) {
  Answer answer{.done = document.value("success", false),
                .result = document.value("result", nlohmann::json()),
                .result_info = document.value("result_info", nlohmann::json())};
  const auto errors = document.value("errors", nlohmann::json::array());
  if (answer.done || !errors.is_array() || errors.empty()) return answer;
  answer.code = errors.front().value("code", 0);
  answer.message = errors.front().value("message", "");
  return answer;
}

}  // namespace

struct Api::Exchange {
  int status = 0;
  std::chrono::seconds retry_after{0};
  std::string body = {};
};

/// A signal that has come before is why something is undone now: that is waited for.
Result<void> Api::wait(std::chrono::milliseconds time) const {
  const bool may_stop = interrupted_ && !interrupted_();
  for (auto left = time; left > 0ms; left -= 100ms) {
    if (auto stopped = may_stop ? interrupted_() : std::nullopt) return fail(std::move(*stopped));
    std::this_thread::sleep_for(std::min(left, std::chrono::milliseconds(100)));
  }
  return {};
}

Result<Api::Exchange> Api::send(const std::string& method, const std::string& path, const std::string& body) {
  TRY_ASSIGN(const auto pause, budget_.take(account_, rate_));
  TRY(wait(pause));
  if (!handle_) handle_ = curl::new_handle();
  auto* handle = handle_.get();
  curl::List headers;
  if (handle == nullptr || !curl::append(headers, ("Authorization: Bearer " + token_.reveal()).c_str()) ||
      !curl::append(headers, "Content-Type: application/json"))
    return fail(ErrorCode::internal, "libcurl can't be set up");
  Exchange exchange;
  std::array<char, CURL_ERROR_SIZE> what{};
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_URL, (url_ + path).c_str());
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  if (!body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, k_api_limit_ms);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange.body);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, what.data());
  const auto code = curl_easy_perform(handle);
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  curl_easy_reset(handle);  // it holds on to what goes now
  if (code != CURLE_OK) return fail(unreachable(url_, what[0] != '\0' ? what.data() : curl_easy_strerror(code)));
  exchange.status = static_cast<int>(status);
  exchange.retry_after = std::chrono::seconds(retry_after);
  return exchange;
}

Result<Answer> Api::request(const std::string& method, const std::string& path, const std::string& body) {
  for (int put_off = 0;; ++put_off) {
    TRY_ASSIGN(const auto exchange, send(method, path, body));
    if (exchange.status == k_too_many) {  // nothing was done
      const auto pause = std::clamp(exchange.retry_after, std::chrono::seconds(1), std::chrono::seconds(k_longest_pause));
      TRY(budget_.hold(account_, rate_, pause));
      if (put_off < k_times_to_be_put_off) continue;
      return fail(unreachable(url_, fmt::format("it takes no more requests for {} s", pause.count())));
    }
    const auto document = nlohmann::json::parse(exchange.body, nullptr, false);
    if (exchange.status >= 500 || !document.is_object()) return fail(unreachable(url_, fmt::format("HTTP {}", exchange.status)));
    auto answer = answer_of(document);
    if (exchange.status == 401 || exchange.status == 403 || (exchange.status == 400 && answer.code >= 6000 && answer.code < 7000)) {
      return fail(make_error(ErrorCode::dns_refused, fmt::format("{} refuses the token: {}", url_, printable(answer.message)))
                      .with_hint("see what dns.token leads to: it needs the rights Zone.Zone: Read and Zone.DNS: Edit for the zone"));
    }
    return answer;
  }
}

Result<Answer> Api::ask(const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (int times = 1;; ++times) {
    auto answer = request("GET", path, "");
    if (answer || answer.error().code != ErrorCode::dns_unreachable || times == k_times_to_ask) return answer;
    TRY(wait(200ms * times));
  }
}

Result<Answer> Api::change(const std::string& method, const std::string& path, const nlohmann::json& body) {
  const std::lock_guard lock(mutex_);
  return request(method, path, body.is_null() ? "" : body.dump());
}

}  // namespace tenantctl::cloudflare
