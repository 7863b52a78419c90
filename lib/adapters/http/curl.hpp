// libcurl's handles, and its set-up: once per process.
#pragma once
#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "adapters/system/releaser.hpp"
#include "core/result.hpp"

namespace tenantctl::curl {

using Handle = std::unique_ptr<CURL, Releaser<curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, Releaser<curl_slist_free_all>>;

/// Null where libcurl can't be set up. Without TLS until something asks for it: its set-up costs more than all else here.
inline Handle new_handle() {
  static const bool ready = curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK;
  return Handle(ready ? curl_easy_init() : nullptr);
}

/// Adds a line to the list; false where there is no memory for it.
inline bool append(List& list, const char* line) {
  auto* longer = curl_slist_append(list.get(), line);
  if (longer == nullptr) return false;
  (void)list.release();
  list.reset(longer);
  return true;
}

using Interrupted = std::function<std::optional<Error>()>;

/// Has the transfer end with CURLE_ABORTED_BY_CALLBACK within a second of the moment from which `interrupted`, which may be empty, gives
/// an error.
inline void watch(CURL* handle, const Interrupted& interrupted) {
  if (!interrupted) return;
  const curl_xferinfo_callback look = [](void* asked, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return (*static_cast<const Interrupted*>(asked))() ? 1 : 0;
  };
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &interrupted);
}

/// What ended it, where that was watch()'s doing.
inline std::optional<Error> broken_off(CURLcode code, const Interrupted& interrupted) {
  return code == CURLE_ABORTED_BY_CALLBACK && interrupted ? interrupted() : std::nullopt;
}

/// How a transfer ended.
struct Ended {
  CURLcode code = CURLE_OK;
  int status = 0;  // the last that the server answered with
  std::chrono::seconds retry_after{0};
};

/// The handle keeps its connections, and no option: those point to what goes now.
inline Ended perform(CURL* handle) {
  Ended ended{.code = curl_easy_perform(handle)};
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  curl_easy_reset(handle);
  ended.status = static_cast<int>(status);
  ended.retry_after = std::chrono::seconds(retry_after);
  return ended;
}

}  // namespace tenantctl::curl
