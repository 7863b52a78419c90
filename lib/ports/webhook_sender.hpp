// Posts webhooks. What they lead to is somebody else's: no redirect is followed, and an address that is not public is not asked.
#pragma once
#include <chrono>
#include <string>

#include "core/result.hpp"
#include "core/webhook.hpp"

namespace tenantctl {

struct WebhookAnswer {
  int status = 0;
  bool took_it() const { return status >= 200 && status < 300; }
  std::chrono::seconds retry_after{0};  // as it asked for
};

class WebhookSender {
 public:
  virtual ~WebhookSender() = default;
  /// Whatever the status. Errors: webhook_refused (its address is not public, and the settings do not allow that); webhook_unreachable
  /// (no such name, no connection, no certificate that can be trusted, no answer in time); what ended the request from outside.
  virtual Result<WebhookAnswer> post(const WebhookCall& call) = 0;
};

}  // namespace tenantctl
