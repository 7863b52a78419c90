// Reports about custom domains: one that was added, removed or proved, and those that a tenant has.
#pragma once
#include <string>
#include <vector>

#include "core/custom_domain.hpp"
#include "views/operations.hpp"

namespace tenantctl {

/// A domain after a command. Where it is only reserved, the report says how to prove it.
struct DomainChange {
  std::string slug;
  CustomDomain domain;
  std::string says;            // "leads to "acme.yourapp.test""
  std::string operation = {};  // empty: nothing outside the control database was changed
  std::vector<StepLine> steps = {};
};
Report domain_report(const DomainChange& change);
/// Of one that is the tenant's no more.
Report domain_removed_report(const DomainChange& change);

Report domain_list_report(const std::string& slug, const std::vector<CustomDomain>& domains);

}  // namespace tenantctl
