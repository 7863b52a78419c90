// A tenant's database as its application enters it: with what its credentials file says now.
#pragma once
#include <fmt/format.h>

#include <string>

#include "support/live_sandbox.hpp"
#include "support/postgres_session.hpp"

namespace tenantctl::test {

/// `made`: what its create reported.
inline nlohmann::json credentials_of(const nlohmann::json& made) {
  return nlohmann::json::parse(read_text(made["credentials"]["file"].get<std::string>()));
}

inline Secret url_of(const nlohmann::json& made) {
  const auto credentials = credentials_of(made);
  return Secret(fmt::format("host={} port={} dbname={} user={} password={}", credentials["host"].get<std::string>(),
                            credentials["port"].get<int>(), credentials["database"].get<std::string>(),
                            credentials["user"].get<std::string>(), credentials["password"].get<std::string>()));
}

inline std::string ask_tenant(const nlohmann::json& made, const std::string& statement) { return ask(session(url_of(made)), statement); }

inline bool may_log_in(const Secret& url) { return postgres::Connection::open(url, postgres::Peer::server).has_value(); }

}  // namespace tenantctl::test
