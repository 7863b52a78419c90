// Whose isolation is looked at: the tenants that were asked for, with all that share servers and nginx with them, as the surveys know
// them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "commands/services.hpp"
#include "isolation/file_survey.hpp"
#include "isolation/http_survey.hpp"
#include "isolation/inhabitant.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {

struct SubjectChoice {
  std::vector<std::string> tenants = {};
  bool all = false;
};

/// A tenant by all that it may be tried at.
struct Candidate {
  Tenant tenant;
  Inhabitant inhabitant;
  Visited visited;
  std::vector<FileWish> files = {};        // on this machine
  std::vector<FileWish> nginx_files = {};  // on nginx's host
  std::string nginx_host = {};             // empty: this machine
  std::optional<CreatePlan> made_as = {};  // of kind frappe: it says where the site is
};

struct Subjects {
  std::vector<Candidate> all;          // by slug
  std::vector<std::size_t> asked_for;  // places in `all`
};

/// Errors: tenant_not_found; state_conflict where a tenant that was named has no data to look at; and what the services say.
Result<Subjects> find_subjects(const SubjectChoice& choice, Services& services);

}  // namespace tenantctl
