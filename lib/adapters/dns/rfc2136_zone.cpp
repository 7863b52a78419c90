#include "adapters/dns/rfc2136_zone.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/dns/propagation.hpp"

namespace tenantctl {

using namespace dns;

namespace {

ResourceRecord marker_of(const TenantRecords& records) { return {.name = records.marker_name(), .type = "TXT", .value = records.marker()}; }

std::vector<ResourceRecord> all_of(const TenantRecords& records) {
  std::vector<ResourceRecord> all{marker_of(records)};
  for (const auto& record : records.records) all.push_back({.name = record.name.str(), .type = record.type, .value = record.value});
  return all;
}

std::vector<std::string> names_of(const TenantRecords& records) {
  const auto names = records.names();
  return {names.begin(), names.end()};
}

Error in_use(const TenantRecords& records) {
  return make_error(ErrorCode::foreign_object,
                    fmt::format("\"{}\" or a name beside it is in use in zone \"{}\", and not marked as this tenant's",
                                records.records.front().name.str(), records.zone))
      .with_hint("look what it is with \"dig\", and remove it or choose another name");
}

/// RFC 2136 judges a set of records as a whole: ours has to be the mark alone.
Error beside_the_mark(const TenantRecords& records) {
  return make_error(ErrorCode::foreign_object, fmt::format("another TXT record than tenantctl's stands at \"{}\"", records.marker_name()))
      .with_hint("remove it, and run the command again");
}

}  // namespace

Rfc2136Zone::Rfc2136Zone(DnsSettings settings, Secret secret, std::function<std::optional<Error>()> interrupted)
    : settings_(std::move(settings)),
      key_{.name = settings_.key_name, .algorithm = settings_.algorithm, .secret = std::move(secret)},
      interrupted_(std::move(interrupted)) {}

Result<UpdateAnswer> Rfc2136Zone::update(Update update) {
  TRY_ASSIGN(const auto server, nameserver_at(settings_.server));
  update.ttl = settings_.ttl;
  const bool changes = !update.add.empty() || !update.remove.empty();
  if (claim_ && changes) TRY(claim_->still_ours());
  return send_update(server, key_, update);
}

/// The removal of what is not there: allowed or not, it changes nothing.
Result<void> Rfc2136Zone::check() {
  const auto name = "tenantctl-doctor." + settings_.domain;
  Update change{.zone = settings_.zone, .remove = {{.name = "_tenantctl." + name, .type = "TXT", .value = "tenantctl-doctor"}}};
  if (!settings_.cname.empty()) change.remove.push_back({.name = name, .type = "CNAME", .value = "tenantctl-doctor.invalid"});
  for (const auto& address : settings_.addresses) {
    const bool is_short = address.find(':') == std::string::npos;
    change.remove.push_back({.name = name, .type = is_short ? "A" : "AAAA", .value = is_short ? "192.0.2.255" : "2001:db8::ffff"});
  }
  TRY(update(std::move(change)));
  return {};
}

Result<bool> Rfc2136Zone::has_all(const Nameserver& server, const TenantRecords& records) {
  for (const auto& record : all_of(records)) {
    TRY_ASSIGN(const auto values, ask(server, record.name, record.type));
    if (std::ranges::find(values, record.value) == values.end()) return false;
  }
  return true;
}

Result<Observed> Rfc2136Zone::observe(const TenantRecords& records) {
  TRY_ASSIGN(const auto server, nameserver_at(settings_.server));
  TRY_ASSIGN(const auto marks, ask(server, records.marker_name(), "TXT"));
  if (std::ranges::find(marks, records.marker()) == marks.end()) return Observed{Presence::absent};
  TRY_ASSIGN(const bool is_whole, has_all(server, records));
  return Observed{is_whole ? Presence::complete : Presence::partial};
}

Result<void> Rfc2136Zone::check_free(const TenantRecords& records) {
  TRY_ASSIGN(const auto seen, observe(records));
  if (seen.presence != Presence::absent) return {};
  // By the server's own judgement: a question would be answered by a wildcard as if the name were there.
  TRY_ASSIGN(const auto answer, update({.zone = records.zone, .free = names_of(records)}));
  if (answer == UpdateAnswer::done) return {};
  return fail(in_use(records));
}

Result<void> Rfc2136Zone::publish(const TenantRecords& records) {
  TRY_ASSIGN(const auto seen, observe(records));
  if (seen.presence == Presence::complete) return settle(records);
  Update change{.zone = records.zone, .add = all_of(records)};
  if (seen.presence == Presence::absent) change.free = names_of(records);
  else change.held = {marker_of(records)};
  const auto answer = update(std::move(change));
  if (!answer && answer.error().code == ErrorCode::fenced) return fail(answer.error());
  if (answer && *answer == UpdateAnswer::done && seen.presence == Presence::absent) return settle(records);
  // The answer may have been lost; and beside records that were there already, one that conflicts is passed over in silence.
  const auto now = observe(records);
  if (now && now->presence == Presence::complete) return settle(records);
  if (!answer) return fail(answer.error());
  if (!now) return fail(now.error());
  return fail(*answer == UpdateAnswer::not_held ? beside_the_mark(records) : in_use(records));
}

Result<void> Rfc2136Zone::settle(const TenantRecords& records) {
  const auto knows = [&](const std::string& address) -> Result<bool> {
    TRY_ASSIGN(const auto server, nameserver_at(address));
    return has_all(server, records);
  };
  return await_nameservers(settings_, records.records.front().name.str(), knows, interrupted_);
}

Result<void> Rfc2136Zone::withdraw(const TenantRecords& records) {
  TRY_ASSIGN(const auto seen, observe(records));
  if (seen.presence == Presence::absent) return {};
  const auto answer = update({.zone = records.zone, .held = {marker_of(records)}, .remove = all_of(records)});
  if (answer && *answer == UpdateAnswer::done) return {};
  if (!answer && answer.error().code == ErrorCode::fenced) return fail(answer.error());
  TRY_ASSIGN(const auto now, observe(records));  // the answer was lost, or somebody was faster
  if (now.presence == Presence::absent) return {};
  return fail(answer ? beside_the_mark(records) : answer.error());
}

Result<void> Rfc2136Zone::put_proof(const DnsProof& proof) {
  TRY(update({.zone = settings_.zone, .add = {{.name = proof.name, .type = "TXT", .value = proof.value}}}));
  return await_proof(settings_, proof, interrupted_);
}

Result<void> Rfc2136Zone::take_proof(const DnsProof& proof) {
  TRY(update({.zone = settings_.zone, .remove = {{.name = proof.name, .type = "TXT", .value = proof.value}}}));
  return {};
}

}  // namespace tenantctl
