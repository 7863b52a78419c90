// libcurl's handles, and its set-up: once per process.
#pragma once
#include <curl/curl.h>

#include <memory>

#include "adapters/system/releaser.hpp"

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

}  // namespace tenantctl::curl
