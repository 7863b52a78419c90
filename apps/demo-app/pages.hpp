// What the app answers: the tenant's page and its ping, read from the tenant's own database. Everything from the database
// is text for the page, never markup.
#pragma once
#include <string>
#include <string_view>

#include "connection_pool.hpp"

namespace demo_app {

struct Answer {
  unsigned status = 200;
  const char* type = "text/plain; charset=utf-8";
  std::string body;
};

/// `tenant` is the X-Tenant header as it came.
Answer answer(ConnectionPool& pool, std::string_view path, const std::string& tenant);

std::string html_escaped(std::string_view text);

}  // namespace demo_app
