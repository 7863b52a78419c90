#include "commands/hosts.hpp"

#include <fmt/format.h>

#include "commands/registry.hpp"
#include "views/hosts.hpp"

namespace tenantctl {
namespace {

struct ListHostsArgs {};

Result<Report> list_hosts(const ListHostsArgs&, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  return host_list_report(settings->hosts);
}

struct AddArgs {
  std::string host;
  std::string fingerprint;
};

/// The operator's word that the key is the host's: given beforehand, or asked for. --yes is no such word.
Result<void> vouch(const AddArgs& args, const SshHost& host, const HostKey& key, Services& services) {
  if (args.fingerprint.empty()) {
    return services.confirm_in_person(
        fmt::format("host \"{}\" ({}:{}) shows the {} key {}; is that what its administrator told you?", host.name, host.address, host.port,
                    key.type, key.fingerprint),
        fmt::format(
            "compare the fingerprint with one that its administrator gave you, then run \"tenantctl hosts add {} --fingerprint {}\"",
            host.name, key.fingerprint));
  }
  if (args.fingerprint == key.fingerprint) return {};
  return fail(make_error(ErrorCode::host_key_changed,
                         fmt::format("host \"{}\" shows the {} key {}, and not the one that was given; nothing was written", host.name,
                                     key.type, key.fingerprint))
                  .with_hint("ask its administrator for the fingerprint of that type of key; somebody may be in between"));
}

/// A host may have to be known before there is a control database, or while that is down: then it is only said.
void record(const SshHost& host, const HostKey& key, Services& services) {
  const auto actor = services.actor();
  auto control = services.control();
  const auto written =
      control ? control->audit.append({.actor = actor.name,
                                       .host = actor.host,
                                       .action = "hosts_add.succeeded",
                                       .details = {{"host", host.name}, {"address", host.address}, {"fingerprint", key.fingerprint}}})
              : Result<void>(fail(control.error()));
  if (!written) services.progress().note(fmt::format("the audit log does not know of it: {}", full_message(written.error())));
}

Result<Report> add(const AddArgs& args, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto* host, find_host(*settings, args.host));
  TRY_ASSIGN(const auto key, services.host_keys().fetch(*host));
  if (key.standing == HostKeyStanding::known) return host_added_report(*host, key, HostAdded::before);
  if (key.standing == HostKeyStanding::unknown) TRY(vouch(args, *host, key, services));
  TRY(services.host_keys().add(*host, key));  // refuses all others
  record(*host, key, services);
  return host_added_report(*host, key, HostAdded::now);
}

}  // namespace

Result<const SshHost*> find_host(const Settings& settings, const std::string& name) {
  if (const auto found = settings.hosts.find(name); found != settings.hosts.end()) return &found->second;
  if (settings.local_hosts.contains(name))
    return fail(make_error(ErrorCode::host_not_found, fmt::format("host \"{}\" is this machine, which is not reached by SSH", name))
                    .with_hint("run \"tenantctl hosts list\""));
  std::vector<std::string> names;
  for (const auto& [known, host] : settings.hosts) names.push_back(known);
  const auto near = nearest_name(name, names);
  return fail(make_error(ErrorCode::host_not_found, fmt::format("host \"{}\" is not in {}", name, settings.file.string()))
                  .with_hint(near.empty() ? "add it under hosts, or run \"tenantctl hosts list\"" : fmt::format("use \"{}\"", near)));
}

void add_hosts(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("hosts", "shows the hosts that are reached by SSH, and takes their keys in");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl hosts add db1");
  add_command<ListHostsArgs>(*group, "list", "lists the hosts and how they are reached", "tenantctl hosts list", chosen, list_hosts);
  auto [sub, args] =
      add_command<AddArgs>(*group, "add", "shows the key of a host and, once you say that it is right, writes it to known_hosts",
                           "tenantctl hosts add db1 --fingerprint SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", chosen, add);
  sub->add_option("host", args->host, "its name under hosts in tenantctl.yaml")->required()->type_name("HOST");
  sub->add_option("--fingerprint", args->fingerprint, "what its administrator gave you; nobody is asked then")->type_name("SHA256:…");
}

}  // namespace tenantctl
