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

/// Of whatever shape: somebody between us and Cloudflare may answer in its place.
Answer answer_of(const nlohmann::json& document) {
  const auto at = [](const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() ? *found : nlohmann::json();
  };
  Answer answer{.done = at(document, "success") == true, .result = at(document, "result")};
  const auto errors = at(document, "errors");
  if (answer.done || !errors.is_array() || errors.empty()) return answer;
  if (const auto code = at(errors.front(), "code"); code.is_number_integer()) answer.code = code.get<int>();
  if (const auto message = at(errors.front(), "message"); message.is_string()) answer.message = message.get<std::string>();
  return answer;
}

}  // namespace

struct Api::Exchange {
  int status = 0;
  std::chrono::seconds retry_after{0};
  std::string body = {};
};

Result<void> Api::wait(std::chrono::milliseconds time, Patience patience) const {
  for (auto left = time; left > 0ms; left -= 100ms) {
    if (auto stopped = patience == Patience::may_end && interrupted_ ? interrupted_() : std::nullopt) return fail(std::move(*stopped));
    std::this_thread::sleep_for(std::min(left, std::chrono::milliseconds(100)));
  }
  return {};
}

Result<Api::Exchange> Api::send(const Request& request) {
  TRY_ASSIGN(const auto pause, budget_.take(account_, rate_));
  TRY(wait(pause, request.patience));
  if (!handle_) handle_ = curl::new_handle();
  auto* handle = handle_.get();
  curl::List headers;
  if (handle == nullptr || !curl::append(headers, ("Authorization: Bearer " + token_.reveal()).c_str()) ||
      !curl::append(headers, "Content-Type: application/json"))
    return fail(ErrorCode::internal, "libcurl can't be set up");
  if (request.right_before) TRY(request.right_before());
  Exchange exchange;
  std::array<char, CURL_ERROR_SIZE> what{};
  curl_easy_setopt(handle, CURLOPT_URL, (url_ + request.path).c_str());
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  if (!request.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  if (!url_.starts_with("https:")) curl_easy_setopt(handle, CURLOPT_PROXY, "");  // to nobody else in clear
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, k_api_limit_ms);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange.body);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, what.data());
  const auto ended = curl::perform(handle);
  if (ended.code != CURLE_OK) return fail(unreachable(url_, what[0] != '\0' ? what.data() : curl_easy_strerror(ended.code)));
  exchange.status = ended.status;
  exchange.retry_after = ended.retry_after;
  return exchange;
}

Result<Answer> Api::settled(const Request& request) {
  const int times_to_send = request.method == "GET" ? k_times_to_ask : 1;
  int lost = 0, put_off = 0;
  for (;;) {
    auto exchange = send(request);
    const bool too_many = exchange && exchange->status == k_too_many;
    if (too_many && ++put_off <= k_times_to_be_put_off) {  // nothing was done
      const auto pause = std::clamp(exchange->retry_after, std::chrono::seconds(1), std::chrono::seconds(k_longest_pause));
      TRY(budget_.hold(account_, rate_, pause));
      continue;
    }
    if (too_many) return fail(unreachable(url_, "it takes no more requests for now"));
    const auto document = exchange ? nlohmann::json::parse(exchange->body, nullptr, false) : nlohmann::json();
    if (exchange && (exchange->status >= 500 || !document.is_object()))
      exchange = fail(unreachable(url_, fmt::format("HTTP {}", exchange->status)));
    if (!exchange) {
      if (exchange.error().code != ErrorCode::dns_unreachable || ++lost == times_to_send) return fail(exchange.error());
      TRY(wait(200ms * lost, request.patience));
      continue;
    }
    auto answer = answer_of(document);
    const bool is_of_token = exchange->status == 401 || exchange->status == 403 || (exchange->status == 400 && answer.code / 1000 == 6);
    if (!is_of_token) return answer;
    return fail(make_error(ErrorCode::dns_refused, fmt::format("{} refuses the token: {}", url_, printable(answer.message)))
                    .with_hint("see what dns.token leads to: it needs the rights Zone.Zone: Read and Zone.DNS: Edit for the zone"));
  }
}

Result<Answer> Api::ask(const std::string& path, Patience patience) {
  return change({.method = "GET", .path = path, .patience = patience});
}

Result<Answer> Api::change(const Request& request) {
  const std::lock_guard lock(mutex_);
  return settled(request);
}

}  // namespace tenantctl::cloudflare
