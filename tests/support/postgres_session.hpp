// A test's own look into a server: a session whose failures end the test, or are what it asks for.
#pragma once
#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "adapters/postgres/connection.hpp"

namespace tenantctl::test {

using Session = std::unique_ptr<postgres::Connection>;

inline Session session(const Secret& url) {
  auto opened = postgres::Connection::open(url, postgres::Peer::server);
  if (!opened) FAIL("no session: " + full_message(opened.error()));
  return std::move(*opened);
}

/// The first column of the first row; empty where there is none.
inline std::string ask(const Session& session, const std::string& statement) {
  const auto rows = session->script(statement);
  if (!rows) FAIL(statement + ": " + full_message(rows.error()));
  return rows->empty() ? "" : rows->text(0, 0);
}

/// The SQLSTATE that the statement fails with; empty where it succeeds.
inline std::string sqlstate(const Session& session, const std::string& statement) {
  return session->script(statement) ? "" : session->failure().sqlstate;
}

/// True where the server has ended the session. libpq does not always tell with which SQLSTATE.
inline bool ended(const Session& session) { return !session->script("select 1") && !session->alive(); }

}  // namespace tenantctl::test
