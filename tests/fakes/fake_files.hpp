// Route files and credentials files in memory, each with the tenant whose it is; and a web server that answers for what is
// routed. What a full disk or a dead nginx does is told by the faults.
#pragma once
#include <filesystem>
#include <map>
#include <set>

#include "fakes/faults.hpp"
#include "ports/credential_store.hpp"
#include "ports/http_probe.hpp"
#include "ports/site_router.hpp"

namespace tenantctl::test {

class FakeSiteRouter : public SiteRouter {
 public:
  explicit FakeSiteRouter(Faults& faults) : faults_(faults) {}

  std::vector<std::filesystem::path> files_for(const TenantSlug& slug, const ConfigName& stack, const HostName& front,
                                               const HostName& back) const override;
  void begin(const Claim&) override {}
  Result<Observed> observe(const Route& route) override;
  Result<void> publish(const Route& route) override;
  Result<void> withdraw(const Route& route) override;
  Result<Observed> observe_closure(const Route& route, Closure why) override;
  Result<void> close(const Route& route, Closure why) override;
  Result<void> open(const Route& route, Closure why) override;
  std::filesystem::path file_for_domain(const TenantSlug& slug, const HostName& host) const override;
  Result<Observed> observe_domain(const DomainRoute& domain) override;
  Result<void> publish_domain(const DomainRoute& domain) override;
  Result<void> withdraw_domain(const DomainRoute& domain) override;
  Result<std::vector<Thing>> inventory() override;
  Result<void> remove(const Thing& file) override;

  std::map<std::string, std::string> domains;          // the tenant by custom domain
  std::map<std::filesystem::path, std::string> files;  // the tenant in the first line; empty: somebody else's
  std::map<std::string, std::string> suspended;        // the same by host
  std::map<std::string, std::string> moving;
  std::filesystem::path folder = "/etc/nginx/tenants";

 private:
  Observed look(const Route& route) const;
  std::map<std::string, std::string>& marks(Closure why) { return why == Closure::suspended ? suspended : moving; }

  Faults& faults_;
};

class FakeCredentialStore : public CredentialStore {
 public:
  explicit FakeCredentialStore(Faults& faults) : faults_(faults) {}

  void begin(const Claim&) override {}
  Result<Observed> observe(const std::filesystem::path& file, const TenantId& tenant) override;
  Result<void> write(const std::filesystem::path& file, const Credentials& credentials) override;
  Result<std::optional<LoginDetails>> read(const std::filesystem::path& file, const TenantId& tenant) override;
  Result<void> write(const std::filesystem::path& file, const SiteLogin& login) override;
  Result<void> write(const std::filesystem::path& file, const ConfigurationCopy& configuration) override;
  Result<std::optional<TenantConfiguration>> read_configuration(const std::filesystem::path& file, const TenantId& tenant) override;
  Result<void> remove(const std::filesystem::path& file, const TenantId& tenant) override;
  Result<std::vector<Thing>> inventory(const std::filesystem::path& folder) override;
  Result<void> remove_temporary(const std::filesystem::path& file) override;

  std::map<std::filesystem::path, Credentials> files;
  std::map<std::filesystem::path, SiteLogin> logins;
  std::map<std::filesystem::path, ConfigurationCopy> configurations;
  std::set<std::filesystem::path> foreign;

 private:
  Faults& faults_;
};

/// Answers what `answer` says, for hosts that have a route file.
class FakeHttpProbe : public HttpProbe {
 public:
  FakeHttpProbe(Faults& faults, const FakeSiteRouter& router) : faults_(faults), router_(router) {}

  Result<HttpAnswer> get(const HttpRequest& request) override;
  Result<HttpAnswer> exchange(const RawRequest&) override { return fail(ErrorCode::internal, "the fake knows no raw requests"); }

  HttpAnswer answer{200, "{\"message\":\"pong\"}"};
  int starting_up = 0;  // so many requests are answered with 502 first
  std::vector<HttpRequest> requests;

 private:
  Faults& faults_;
  const FakeSiteRouter& router_;
};

}  // namespace tenantctl::test
