#include "adapters/dns/dns_message.hpp"

#include <fmt/format.h>
#include <ldns/ldns.h>
#include <netdb.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "core/settings_values.hpp"

namespace tenantctl::dns {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Resolver = std::unique_ptr<ldns_resolver, Deleter<ldns_resolver_deep_free>>;
using Packet = std::unique_ptr<ldns_pkt, Deleter<ldns_pkt_free>>;
using Records = std::unique_ptr<ldns_rr_list, Deleter<ldns_rr_list_deep_free>>;
using Record = std::unique_ptr<ldns_rr, Deleter<ldns_rr_free>>;
using Data = std::unique_ptr<ldns_rdf, Deleter<ldns_rdf_deep_free>>;

std::string with_dot(const std::string& name) { return name + "."; }

Data domain_name(const std::string& name) { return Data(ldns_dname_new_frm_str(with_dot(name).c_str())); }

Error unreachable(const Nameserver& server, const std::string& why) {
  return make_error(ErrorCode::dns_unreachable, fmt::format("nameserver {}: {}", server.text(), why))
      .with_hint("see that it runs, and that dns.server and dns.nameservers name it")
      .may_retry();
}

Error refused(const Nameserver& server, const std::string& why) {
  return make_error(ErrorCode::dns_refused, fmt::format("nameserver {} refuses: {}", server.text(), why))
      .with_hint(
          "see whether it answers for the zone; where it is to take updates, compare dns.key with its key of that name and the zone's "
          "update policy with dns.zone: a clock that is five minutes wrong has the same effect");
}

Result<Resolver> resolver_for(const Nameserver& server) {
  Resolver resolver(ldns_resolver_new());
  const auto type = server.address.find(':') == std::string::npos ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA;
  const Data address(ldns_rdf_new_frm_str(type, server.address.c_str()));
  if (!resolver || !address || ldns_resolver_push_nameserver(resolver.get(), address.get()) != LDNS_STATUS_OK)
    return fail(unreachable(server, "is no address"));
  ldns_resolver_set_port(resolver.get(), server.port);
  ldns_resolver_set_recursive(resolver.get(), false);
  ldns_resolver_set_retry(resolver.get(), 2);
  ldns_resolver_set_retrans(resolver.get(), 0);
  ldns_resolver_set_timeout(resolver.get(), timeval{.tv_sec = 2, .tv_usec = 0});
  return resolver;
}

std::string name_of(ldns_pkt_rcode code) {
  const std::unique_ptr<char, Deleter<&::free>> text(ldns_pkt_rcode2str(code));
  return text ? text.get() : "?";
}

std::string in_zone_file(const ResourceRecord& record, std::uint32_t ttl) {
  const auto value = record.type == "TXT"     ? fmt::format("\"{}\"", record.value)
                     : record.type == "CNAME" ? with_dot(record.value)
                                              : record.value;
  return fmt::format("{} {} IN {} {}", with_dot(record.name), ttl, record.type, value);
}

Result<Record> parsed(const ResourceRecord& record, std::uint32_t ttl, ldns_rr_class record_class) {
  ldns_rr* raw = nullptr;
  const auto text = in_zone_file(record, ttl);
  if (const auto status = ldns_rr_new_frm_str(&raw, text.c_str(), ttl, nullptr, nullptr); status != LDNS_STATUS_OK)
    return fail(ErrorCode::internal, fmt::format("\"{}\" is no DNS record: {}", text, ldns_get_errorstr_by_id(status)));
  ldns_rr_set_class(raw, record_class);
  ldns_rr_set_ttl(raw, ttl);
  return Record(raw);
}

/// RFC 2136, 2.4.5: no name is in use.
Record is_free(const std::string& name) {
  Record record(ldns_rr_new());
  ldns_rr_set_owner(record.get(), domain_name(name).release());
  ldns_rr_set_type(record.get(), LDNS_RR_TYPE_ANY);
  ldns_rr_set_class(record.get(), LDNS_RR_CLASS_NONE);
  ldns_rr_set_ttl(record.get(), 0);
  return record;
}

Result<void> append(ldns_rr_list* list, const std::vector<ResourceRecord>& records, std::uint32_t ttl, ldns_rr_class record_class) {
  for (const auto& one : records) {
    TRY_ASSIGN(auto record, parsed(one, ttl, record_class));
    ldns_rr_list_push_rr(list, record.release());
  }
  return {};
}

bool is_base64(std::string_view text) {
  const auto digits = text.substr(0, text.find('='));
  const auto is_digit = [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; };
  return !text.empty() && text.size() % 4 == 0 && text.size() - digits.size() <= 2 && std::ranges::all_of(digits, is_digit);
}

Result<Packet> packet_of(const Update& update) {
  const Records conditions(ldns_rr_list_new());
  const Records changes(ldns_rr_list_new());
  for (const auto& name : update.free) ldns_rr_list_push_rr(conditions.get(), is_free(name).release());
  TRY(append(conditions.get(), update.held, 0, LDNS_RR_CLASS_IN));
  TRY(append(changes.get(), update.add, static_cast<std::uint32_t>(update.ttl.count()), LDNS_RR_CLASS_IN));
  TRY(append(changes.get(), update.remove, 0, LDNS_RR_CLASS_NONE));
  // It takes the zone's name over, and copies the lists.
  Packet packet(ldns_update_pkt_new(domain_name(update.zone).release(), LDNS_RR_CLASS_IN, conditions.get(), changes.get(), nullptr));
  if (!packet) return fail(ErrorCode::internal, "no update could be written");
  ldns_pkt_set_random_id(packet.get());
  return packet;
}

/// As it stands between the quotes of a zone's file, or without a dot at its end.
std::string value_of(const ldns_rr* record) {
  std::string value;
  for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
    const std::unique_ptr<char, Deleter<&::free>> text(ldns_rdf2str(ldns_rr_rdf(record, i)));
    std::string part = text ? text.get() : "";
    if (part.size() >= 2 && part.front() == '"' && part.back() == '"') part = part.substr(1, part.size() - 2);
    value += part;
  }
  if (value.ends_with('.')) value.pop_back();
  return value;
}

}  // namespace

std::string Nameserver::text() const {
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port) : fmt::format("[{}]:{}", address, port);
}

Result<Nameserver> nameserver_at(const std::string& address) {
  auto where = parse_address(address);
  if (!where) return fail(ErrorCode::internal, fmt::format("\"{}\" is no nameserver", address));
  if (where->host.starts_with('[')) where->host = where->host.substr(1, where->host.size() - 2);
  addrinfo* found = nullptr;
  const addrinfo wanted{.ai_socktype = SOCK_DGRAM};
  if (const int code = ::getaddrinfo(where->host.c_str(), nullptr, &wanted, &found); code != 0)
    return fail(make_error(ErrorCode::dns_unreachable, fmt::format("nameserver \"{}\": {}", address, ::gai_strerror(code)))
                    .with_hint("correct dns.server and dns.nameservers, or name them by their addresses")
                    .may_retry());
  const std::unique_ptr<addrinfo, Deleter<&::freeaddrinfo>> list(found);
  std::array<char, NI_MAXHOST> text{};
  ::getnameinfo(list->ai_addr, list->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return Nameserver{.address = text.data(), .port = static_cast<std::uint16_t>(where->port)};
}

Result<std::vector<std::string>> ask(const Nameserver& server, const std::string& name, const std::string& type) {
  TRY_ASSIGN(const auto resolver, resolver_for(server));
  const auto wanted = ldns_get_rr_type_by_name(type.c_str());
  const auto owner = domain_name(name);
  if (!owner)
    return fail(
        make_error(ErrorCode::bad_value, fmt::format("\"{}\" is too long for a DNS name", name)).with_hint("choose a shorter name"));
  ldns_pkt* raw = nullptr;
  const auto status = ldns_resolver_send(&raw, resolver.get(), owner.get(), wanted, LDNS_RR_CLASS_IN, 0);
  const Packet answer(raw);
  if (status != LDNS_STATUS_OK || !answer) return fail(unreachable(server, "it does not answer"));
  const auto code = ldns_pkt_get_rcode(answer.get());
  if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN)
    return fail(refused(server, fmt::format("asked for {} {} it says {}", name, type, name_of(code))));
  std::vector<std::string> values;
  const auto* records = ldns_pkt_answer(answer.get());
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(records); ++i) {
    const auto* record = ldns_rr_list_rr(records, i);
    if (ldns_rr_get_type(record) == wanted && ldns_dname_compare(ldns_rr_owner(record), owner.get()) == 0)
      values.push_back(value_of(record));
  }
  return values;
}

Result<UpdateAnswer> send_update(const Nameserver& server, const SigningKey& key, const Update& update) {
  if (!is_base64(key.secret.reveal())) {
    return fail(make_error(ErrorCode::secret_unavailable, fmt::format("the secret of key \"{}\" is no base64 text", key.name))
                    .with_hint("dns.key.secret must lead to what stands between the quotes behind \"secret\" in the nameserver's key"));
  }
  TRY_ASSIGN(const auto resolver, resolver_for(server));
  // The key has to be the resolver's: it verifies the answer with it, and crashes where only the packet was signed.
  ldns_resolver_set_tsig_keyname(resolver.get(), key.name.c_str());
  ldns_resolver_set_tsig_keydata(resolver.get(), key.secret.reveal().c_str());
  ldns_resolver_set_tsig_algorithm(resolver.get(), with_dot(key.algorithm).c_str());
  // Sent once: a second datagram would find the names in use that the first has taken.
  ldns_resolver_set_usevc(resolver.get(), true);
  TRY_ASSIGN(const auto packet, packet_of(update));
  if (const auto status = ldns_update_pkt_tsig_add(packet.get(), resolver.get()); status != LDNS_STATUS_OK)
    return fail(ErrorCode::internal, fmt::format("no update could be signed: {}", ldns_get_errorstr_by_id(status)));
  ldns_pkt* raw = nullptr;
  const auto status = ldns_resolver_send_pkt(&raw, resolver.get(), packet.get());
  const Packet answer(raw);
  if (status == LDNS_STATUS_CRYPTO_TSIG_BOGUS || status == LDNS_STATUS_CRYPTO_TSIG_ERR)
    return fail(refused(server, fmt::format("its answer is not signed by the key \"{}\" and this secret", key.name)));
  if (status != LDNS_STATUS_OK || !answer) return fail(unreachable(server, "it does not answer"));
  switch (const auto code = ldns_pkt_get_rcode(answer.get())) {
    case LDNS_RCODE_NOERROR: return UpdateAnswer::done;
    case LDNS_RCODE_YXDOMAIN: return UpdateAnswer::name_in_use;
    case LDNS_RCODE_NXRRSET:
    case LDNS_RCODE_NXDOMAIN: return UpdateAnswer::not_held;
    default: return fail(refused(server, fmt::format("an update of zone \"{}\" gets {}", update.zone, name_of(code))));
  }
}

}  // namespace tenantctl::dns
