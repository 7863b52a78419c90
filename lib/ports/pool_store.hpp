// Which databases are there ahead of time, and who takes which: each goes to one create, or to none. What they are made of is
// the operations' affair, see commands/pool.cpp.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/operation.hpp"
#include "core/pool.hpp"
#include "core/result.hpp"

namespace tenantctl {

class PoolStore {
 public:
  virtual ~PoolStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// Inserts the operation that fills it (state running, fence 1) and the entry, in one transaction.
  virtual Result<OperationTicket> open_fill(const Operation& operation, const PoolEntry& entry) = 0;

  /// The oldest ready one of that stack, server and template, which from now on is that operation's; nothing where there is none.
  /// The create that opens the operation takes it out of the pool.
  virtual Result<std::optional<PoolEntry>> claim(const std::string& stack, const std::string& server, const std::string& template_name,
                                                 const OperationId& by) = 0;
  /// After a create that claimed it and was not begun. One that was is left alone.
  virtual Result<void> give_back(const PoolEntry& entry, const OperationId& by) = 0;

  /// Takes a ready one out of reach, so that its fill can be undone; false where somebody was faster.
  virtual Result<bool> withdraw(const PoolEntry& entry) = 0;
  /// Oldest first.
  virtual Result<std::vector<PoolEntry>> list() = 0;
  /// Claimed ones whose create was never opened, ten minutes later, are draining from now on: a process was killed in between.
  virtual Result<void> settle() = 0;
};

}  // namespace tenantctl
