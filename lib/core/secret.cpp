#include "core/secret.hpp"

#include <sodium.h>

namespace tenantctl {

Secret::~Secret() { sodium_memzero(text_.data(), text_.size()); }

}  // namespace tenantctl
