// Ways into the databases of one server, for whoever has a password, and what may be said once in. What is tried is taken back:
// every statement runs in a transaction that ends in a rollback, except where the caller says that it can't.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace tenantctl {

/// What the server answered to a statement, or at the door.
struct SqlAnswer {
  bool done = false;
  std::string sqlstate = {};  // of a refusal; empty: nobody answered
  std::string message = {};   // of a failure, one line, without SQL
  std::vector<std::vector<std::string>> rows = {};
};

class SqlSession {
 public:
  virtual ~SqlSession() = default;
  /// In a transaction of its own that is rolled back; `prepare` goes before it, and its failure is the answer. Gives up after some
  /// seconds, also on locks.
  virtual SqlAnswer attempt(const std::string& sql, const std::string& prepare = {}) = 0;
  /// For what can't be in a transaction, and for what is to stay.
  virtual SqlAnswer run(const std::string& sql) = 0;
  /// Whether a message has come on a channel that this session listens to.
  virtual bool heard(const std::string& channel) = 0;
  /// The server's number for this session.
  virtual int pid() const = 0;
};

struct Entrance {
  std::unique_ptr<SqlSession> session;  // empty: not let in
  SqlAnswer answer = {};                // why not
};

/// May be used from several threads at once; each session belongs to one.
class SqlDoors {
 public:
  virtual ~SqlDoors() = default;
  virtual Entrance enter(const std::string& database, const std::string& login, const Secret& password) = 0;
  /// As the provisioner; an empty name stands for the database that its URL names.
  virtual Entrance enter_as_provisioner(const std::string& database) = 0;
};

}  // namespace tenantctl
