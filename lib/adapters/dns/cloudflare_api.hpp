// Cloudflare's API, version 4: one request at a time, no more of them than its limit allows, and again where it asks for that.
#pragma once
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "adapters/http/curl.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
#include "ports/request_budget.hpp"

namespace tenantctl::cloudflare {

struct Answer {
  bool done = false;
  nlohmann::json result = {};
  nlohmann::json result_info = {};
  int code = 0;  // of its first error, where it was not done
  std::string message = {};
};

class Api {
 public:
  /// `url`: "https://api.cloudflare.com/client/v4". `budget` is asked before each request, under the name `account`. `interrupted` ends
  /// waits; may be empty.
  Api(std::string url, Secret token, RequestBudget& budget, std::string account, RequestRate rate,
      std::function<std::optional<Error>()> interrupted)
      : url_(std::move(url)),
        token_(std::move(token)),
        budget_(budget),
        account_(std::move(account)),
        rate_(rate),
        interrupted_(std::move(interrupted)) {}

  /// Safe to be asked from several threads. A question is repeated where its answer was lost; a change is not, as it may have been made.
  /// An answer that says no is one, but for those that concern every request.
  /// Errors: dns_unreachable, dns_refused (the token); control_unreachable; what `interrupted` says.
  Result<Answer> ask(const std::string& path);
  Result<Answer> change(const std::string& method, const std::string& path, const nlohmann::json& body = {});

 private:
  struct Exchange;
  Result<Answer> request(const std::string& method, const std::string& path, const std::string& body);
  Result<Exchange> send(const std::string& method, const std::string& path, const std::string& body);
  Result<void> wait(std::chrono::milliseconds time) const;

  std::string url_;
  Secret token_;
  RequestBudget& budget_;
  std::string account_;
  RequestRate rate_;
  std::function<std::optional<Error>()> interrupted_;
  std::mutex mutex_;
  curl::Handle handle_;
};

}  // namespace tenantctl::cloudflare
