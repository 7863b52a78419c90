#include "adapters/postgres/server_way.hpp"

#include <fmt/format.h>

#include "adapters/postgres/conninfo.hpp"

namespace tenantctl::postgres {

Result<Secret> ServerWay::open() {
  if (!tunnel_) return url_;
  TRY_ASSIGN(const auto end, tunnel_->open());
  return through_tunnel(url_, end);
}

Error ServerWay::explained(Error error) {
  if (!tunnel_ || error.code != ErrorCode::server_unreachable) return error;
  if (auto complaint = tunnel_->complaint()) return std::move(*complaint);
  // libpq names our own end of the tunnel, which tells nobody anything.
  constexpr std::string_view k_failed = "\" failed: ";
  const auto at = error.message.find(k_failed);
  if (error.message.starts_with("connection to server on socket \"@") && at != std::string::npos)
    error.message =
        fmt::format("connection to PostgreSQL through {} failed: {}", tunnel_->describe(), error.message.substr(at + k_failed.size()));
  return error;
}

}  // namespace tenantctl::postgres
