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
  int code = 0;  // of its first error, where it was not done
  std::string message = {};
};

/// Whether waits may be ended from outside, as those of a create, or not, as those of an undo, which a signal has brought about.
enum class Patience : std::uint8_t { may_end, to_the_end };

struct Request {
  std::string method;
  std::string path;
  std::string body = {};
  Patience patience = Patience::may_end;
  std::function<Result<void>()> right_before = {};  // asked before each sending; its error is the request's
};

class Api {
 public:
  /// `url`: "https://api.cloudflare.com/client/v4". `budget` is asked before each request, under the name `account`. `interrupted` ends
  /// waits; may be empty.
  Api(std::string url, Secret token, RequestBudget& budget, std::string account, RequestRate rate, curl::Interrupted interrupted)
      : url_(std::move(url)),
        token_(std::move(token)),
        budget_(budget),
        account_(std::move(account)),
        rate_(rate),
        interrupted_(std::move(interrupted)) {}

  /// Safe to be asked from several threads. A question is repeated where its answer was lost; a change is not, as it may have been made.
  /// An answer that says no is one, but for those that concern every request.
  /// Errors: dns_unreachable, dns_refused (the token); control_unreachable; what `interrupted` and `right_before` say.
  Result<Answer> ask(const std::string& path, Patience patience);
  Result<Answer> change(const Request& request);

 private:
  struct Exchange;
  Result<Answer> settled(const Request& request);
  Result<Exchange> send(const Request& request);
  Result<void> wait(std::chrono::milliseconds time, Patience patience) const;

  std::string url_;
  Secret token_;
  RequestBudget& budget_;
  std::string account_;
  RequestRate rate_;
  curl::Interrupted interrupted_;
  std::mutex mutex_;
  curl::Handle handle_;
};

}  // namespace tenantctl::cloudflare
