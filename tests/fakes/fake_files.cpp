#include "fakes/fake_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl::test {

std::vector<std::filesystem::path> FakeSiteRouter::files_for(const TenantSlug&, const ConfigName& stack, const HostName& front,
                                                             const HostName& back) const {
  return {folder / stack.str() / front.str(), folder / stack.str() / back.str()};
}

Observed FakeSiteRouter::look(const Route& route) const {
  std::size_t ours = 0;
  for (const auto& file : route.files) {
    const auto found = files.find(file);
    if (found == files.end()) continue;
    if (found->second != route.tenant.str())
      return {Presence::foreign, fmt::format("file \"{}\" exists and is not this tenant's", file.string())};
    ++ours;
  }
  return {ours == 0 ? Presence::absent : ours < route.files.size() ? Presence::partial : Presence::complete};
}

Result<Observed> FakeSiteRouter::observe(const Route& route) {
  return faults_.around("router.observe", [&]() -> Result<Observed> { return look(route); });
}

Result<void> FakeSiteRouter::publish(const Route& route) {
  return faults_.around("router.publish", [&]() -> Result<void> {
    if (const auto seen = look(route); seen.presence == Presence::foreign) return fail(ErrorCode::foreign_object, seen.detail);
    for (const auto& file : route.files) {
      files[file] = route.tenant.str();
      faults_.pass();
    }
    return {};
  });
}

Result<void> FakeSiteRouter::withdraw(const Route& route) {
  return faults_.around("router.withdraw", [&]() -> Result<void> {
    if (const auto seen = look(route); seen.presence == Presence::foreign) return fail(ErrorCode::foreign_object, seen.detail);
    for (const auto& file : route.files) {
      files.erase(file);
      faults_.pass();
    }
    for (const auto why : k_closures) {
      marks(why).erase(route.front.str());
      marks(why).erase(route.back.str());
    }
    std::erase_if(domains, [&](const auto& domain) { return domain.second == route.tenant.str(); });
    return {};
  });
}

Result<Observed> FakeSiteRouter::observe_closure(const Route& route, Closure why) {
  return faults_.around("router.observe_closure", [&]() -> Result<Observed> {
    const auto count = marks(why).count(route.front.str()) + marks(why).count(route.back.str());
    return Observed{count == 0 ? Presence::absent : count == 1 ? Presence::partial : Presence::complete};
  });
}

Result<void> FakeSiteRouter::close(const Route& route, Closure why) {
  return faults_.around("router.close", [&]() -> Result<void> {
    for (const auto& host : {route.front.str(), route.back.str()}) {
      marks(why)[host] = route.tenant.str();
      faults_.pass();
    }
    return {};
  });
}

Result<void> FakeSiteRouter::open(const Route& route, Closure why) {
  return faults_.around("router.open", [&]() -> Result<void> {
    for (const auto& host : {route.front.str(), route.back.str()}) {
      marks(why).erase(host);
      faults_.pass();
    }
    return {};
  });
}

std::filesystem::path FakeSiteRouter::file_for_domain(const TenantSlug& slug, const HostName& host) const {
  return folder / "domains" / slug.str() / host.str();
}

Result<Observed> FakeSiteRouter::observe_domain(const DomainRoute& domain) {
  return faults_.around("router.observe_domain", [&]() -> Result<Observed> {
    const auto found = domains.find(domain.host.str());
    if (found == domains.end()) return Observed{Presence::absent};
    return Observed{found->second == domain.route.tenant.str() ? Presence::complete : Presence::foreign};
  });
}

Result<void> FakeSiteRouter::publish_domain(const DomainRoute& domain) {
  return faults_.around("router.publish_domain", [&]() -> Result<void> {
    const auto [place, added] = domains.emplace(domain.host.str(), domain.route.tenant.str());
    if (!added && place->second != domain.route.tenant.str()) return fail(ErrorCode::foreign_object, "another tenant's domain");
    return {};
  });
}

Result<void> FakeSiteRouter::withdraw_domain(const DomainRoute& domain) {
  return faults_.around("router.withdraw_domain", [&]() -> Result<void> {
    domains.erase(domain.host.str());
    return {};
  });
}

Result<std::vector<Thing>> FakeSiteRouter::inventory() {
  return faults_.around("router.inventory", [&]() -> Result<std::vector<Thing>> {
    std::vector<Thing> things;
    for (const auto& [file, owner] : files) {
      if (const auto tenant = TenantId::parse(owner))
        things.push_back({.kind = ThingKind::route_file, .name = file.string(), .tenant = *tenant});
    }
    return things;
  });
}

Result<void> FakeSiteRouter::remove(const Thing& file) {
  return faults_.around("router.remove", [&]() -> Result<void> {
    const auto found = files.find(file.name);
    if (found == files.end()) return {};
    if (!file.tenant || found->second != file.tenant->str()) return fail(ErrorCode::foreign_object, "not this tenant's file");
    files.erase(found);
    return {};
  });
}

Result<Observed> FakeCredentialStore::observe(const std::filesystem::path& file, const TenantId& tenant) {
  return faults_.around("store.observe", [&]() -> Result<Observed> {
    const auto found = files.find(file);
    if (foreign.contains(file) || (found != files.end() && found->second.tenant != tenant)) {
      return Observed{Presence::foreign, fmt::format("file \"{}\" exists and is not this tenant's", file.string())};
    }
    const bool there = found != files.end() || logins.contains(file) || configurations.contains(file);
    return Observed{there ? Presence::complete : Presence::absent};
  });
}

Result<void> FakeCredentialStore::write(const std::filesystem::path& file, const SiteLogin& login) {
  return faults_.around("store.write", [&]() -> Result<void> {
    if (foreign.contains(file)) return fail(ErrorCode::foreign_object, "not this tenant's file");
    logins.insert_or_assign(file, login);
    return {};
  });
}

Result<void> FakeCredentialStore::write(const std::filesystem::path& file, const Credentials& credentials) {
  return faults_.around("store.write", [&]() -> Result<void> {
    if (foreign.contains(file)) return fail(ErrorCode::foreign_object, "not this tenant's file");
    files.insert_or_assign(file, credentials);
    return {};
  });
}

Result<void> FakeCredentialStore::write(const std::filesystem::path& file, const ConfigurationCopy& configuration) {
  return faults_.around("store.write", [&]() -> Result<void> {
    if (foreign.contains(file)) return fail(ErrorCode::foreign_object, "not this tenant's file");
    const auto found = configurations.find(file);
    if (found == configurations.end() || found->second.version <= configuration.version)
      configurations.insert_or_assign(file, configuration);
    return {};
  });
}

Result<std::optional<TenantConfiguration>> FakeCredentialStore::read_configuration(const std::filesystem::path& file, const TenantId&) {
  return faults_.around("store.read", [&]() -> Result<std::optional<TenantConfiguration>> {
    const auto found = configurations.find(file);
    if (found == configurations.end()) return std::nullopt;
    return found->second.values;
  });
}

Result<std::optional<LoginDetails>> FakeCredentialStore::read(const std::filesystem::path& file, const TenantId&) {
  return faults_.around("store.read", [&]() -> Result<std::optional<LoginDetails>> {
    const auto found = files.find(file);
    if (found == files.end()) return std::nullopt;
    const auto& kept = found->second;
    return LoginDetails{.database = kept.database.str(),
                        .login = kept.login.str(),
                        .password = kept.password,
                        .url = Secret("postgresql://" + kept.login.str() + ":" + kept.password.reveal() + "@db/" + kept.database.str())};
  });
}

Result<void> FakeCredentialStore::remove(const std::filesystem::path& file, const TenantId&) {
  return faults_.around("store.remove", [&]() -> Result<void> {
    if (foreign.contains(file)) return fail(ErrorCode::foreign_object, "not this tenant's file");
    files.erase(file);
    logins.erase(file);
    configurations.erase(file);
    return {};
  });
}

Result<std::vector<Thing>> FakeCredentialStore::inventory(const std::filesystem::path& folder) {
  return faults_.around("store.inventory", [&]() -> Result<std::vector<Thing>> {
    std::vector<Thing> things;
    for (const auto& [file, credentials] : files) {
      if (file.parent_path() == folder)
        things.push_back({.kind = ThingKind::credentials_file, .name = file.string(), .tenant = credentials.tenant});
    }
    for (const auto& [file, configuration] : configurations) {
      if (file.parent_path() == folder)
        things.push_back({.kind = ThingKind::configuration_file, .name = file.string(), .tenant = configuration.tenant});
    }
    return things;
  });
}

/// Writes are whole or not there in this store: it never has temporary files.
Result<void> FakeCredentialStore::remove_temporary(const std::filesystem::path&) { return {}; }

Result<HttpAnswer> FakeHttpProbe::get(const HttpRequest& request) {
  return faults_.around("http.get", [&]() -> Result<HttpAnswer> {
    requests.push_back(request);
    const bool routed =
        std::ranges::any_of(router_.files,
                            [&](const auto& file) { return file.first.filename() == request.host.str() && !file.second.empty(); }) ||
        router_.domains.contains(request.host.str());
    if (!routed) return fail(ErrorCode::http_check_failed, "the connection was closed without an answer");
    if (starting_up > 0) {
      --starting_up;
      return HttpAnswer{502, "bad gateway"};
    }
    return answer;
  });
}

}  // namespace tenantctl::test
