// Result<T>: a value or an Error, that can't be ignored. Exceptions are for bugs and for libraries' borders.
#pragma once
#include <tl/expected.hpp>
#include <utility>

#include "core/error.hpp"

namespace tenantctl {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) { return fail(make_error(code, std::move(message))); }

}  // namespace tenantctl

#define TENANTCTL_JOIN_(a, b) a##b
#define TENANTCTL_JOIN(a, b) TENANTCTL_JOIN_(a, b)

/// Returns from the enclosing function with the error of `expression`, a Result, if it holds one.
#define TRY(expression) \
  if (auto result_ = (expression); !result_) return ::tenantctl::fail(std::move(result_).error())

/// Like TRY, and otherwise declares or assigns `target` with the value.
#define TRY_ASSIGN(target, expression) TENANTCTL_TRY_ASSIGN(TENANTCTL_JOIN(result_, __LINE__), target, expression)
#define TENANTCTL_TRY_ASSIGN(temporary, target, expression)               \
  auto temporary = (expression);                                          \
  if (!temporary) return ::tenantctl::fail(std::move(temporary).error()); \
  target = std::move(*temporary)
