// Posts webhooks by libcurl. A name is looked up once, and what was judged is what is connected to.
#pragma once
#include "adapters/http/curl.hpp"
#include "ports/webhook_sender.hpp"

namespace tenantctl {

class CurlWebhooks : public WebhookSender {
 public:
  /// `interrupted` ends a request; may be empty.
  explicit CurlWebhooks(curl::Interrupted interrupted = {}) : interrupted_(std::move(interrupted)) {}

  Result<WebhookAnswer> post(const WebhookCall& call) override;

 private:
  curl::Interrupted interrupted_;
  curl::Handle handle_;
};

}  // namespace tenantctl
