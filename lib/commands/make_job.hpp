// Makes the tenant of one row of a batch, or goes on with what an earlier holder of the job had begun.
#pragma once
#include "commands/create_request.hpp"
#include "commands/services.hpp"

namespace tenantctl {

CreateArgs create_args(const TenantRow& row);

/// Never fails: what went wrong is a part of the end. Given back, with its error, is what nothing was decided about: the tenant is
/// locked, something can't be reached, this machine's configuration is wrong, the journal could not be written.
JobEnd make_job(const Job& job, Services& services);

/// Of a job that was given back: no other row has to fail of the same.
bool concerns_one_tenant(ErrorCode code);

}  // namespace tenantctl
