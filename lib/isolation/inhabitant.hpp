// A tenant as the survey of a server knows it: its names there, and how it is entered. Values only.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/isolation.hpp"
#include "core/probe_card.hpp"
#include "core/secret.hpp"
#include "core/settings.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

struct Inhabitant {
  TenantSlug slug;
  StackKind kind{};
  TenantDatabase names;
  bool may_log_in = true;               // as its status says
  std::optional<Secret> password = {};  // of its login
  std::string why_no_password = {};
};

/// "{my_login}" and the like, for fill_probe.
ProbeWords words_of_subject(const Inhabitant& subject);
/// "{other_login}" and the like, besides.
void add_other(ProbeWords& words, const Inhabitant& other, int session);

}  // namespace tenantctl
