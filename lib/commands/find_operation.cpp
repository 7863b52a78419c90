#include "commands/find_operation.hpp"

#include <fmt/format.h>

namespace tenantctl {
namespace {

Result<Operation> only_unfinished(ControlPlane& control) {
  TRY_ASSIGN(auto operations, control.operations.list({.only_unfinished = true, .limit = 2}));
  if (operations.size() == 1) return std::move(operations.front());
  if (operations.empty())
    return fail(make_error(ErrorCode::operation_not_found, "no operation is unfinished").with_hint("run \"tenantctl operations list\""));
  return fail(make_error(ErrorCode::state_conflict, "more than one operation is unfinished")
                  .with_hint("run \"tenantctl operations list --unfinished\" and name one of them"));
}

/// The slug that operations of this tenant carry. A create that was undone has no tenant any more, but a slug in the journal.
Result<std::string> slug_of(const std::string& name, ControlPlane& control) {
  const auto tenant = control.tenants.find(name);
  if (tenant) return tenant->slug.str();
  if (tenant.error().code == ErrorCode::tenant_not_found) return name;
  return fail(tenant.error());
}

}  // namespace

Result<Operation> find_operation(const std::string& name, Wanted wanted, ControlPlane& control) {
  if (name.empty()) return only_unfinished(control);
  if (const auto id = OperationId::parse(name)) {
    auto operation = control.operations.find(*id);
    if (operation || operation.error().code != ErrorCode::operation_not_found) return operation;
    // A tenant's id has the same form.
  }
  TRY_ASSIGN(const auto slug, slug_of(name, control));
  TRY_ASSIGN(auto unfinished, control.operations.list({.slug = slug, .only_unfinished = true, .limit = 1}));
  if (!unfinished.empty()) return std::move(unfinished.front());
  // None is unfinished: the newest that ended, so that a repeated command finds what it did the first time.
  // Only that one, whatever its kind: who means to undo a suspension must not lose the tenant's create instead.
  TRY_ASSIGN(auto newest, control.operations.list({.slug = slug, .limit = 1}));
  if (!newest.empty()) return std::move(newest.front());
  return fail(make_error(ErrorCode::operation_not_found,
                         fmt::format("\"{}\" has no operation to {}", name, wanted == Wanted::undoable ? "roll back" : "resume"))
                  .with_hint(fmt::format("run \"tenantctl operations list --tenant {}\"", name)));
}

}  // namespace tenantctl
