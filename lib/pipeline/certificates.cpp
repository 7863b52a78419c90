#include "pipeline/certificates.hpp"

#include "pipeline/json_fields.hpp"

namespace tenantctl {

nlohmann::json to_json(const CertificateOrder& order) {
  auto names = nlohmann::json::array();
  for (const auto& name : order.names) names.push_back(name.str());
  return {{"tenant", order.tenant.str()},
          {"slug", order.slug.str()},
          {"names", std::move(names)},
          {"host", order.place.host},
          {"home", order.place.home.string()},
          {"folder", order.place.folder.string()},
          {"zone", order.zone}};
}

Result<CertificateOrder> certificate_order_from(const nlohmann::json& object) {
  TRY_ASSIGN(auto tenant, json_name<TenantId>(object, "tenant"));
  TRY_ASSIGN(auto slug, json_name<TenantSlug>(object, "slug"));
  TRY_ASSIGN(const auto texts, json_field<std::vector<std::string>>(object, "names"));
  TRY_ASSIGN(auto host, json_field<std::string>(object, "host"));
  TRY_ASSIGN(const auto home, json_field<std::string>(object, "home"));
  TRY_ASSIGN(const auto folder, json_field<std::string>(object, "folder"));
  TRY_ASSIGN(auto zone, json_field<std::string>(object, "zone"));
  CertificateOrder order{.tenant = std::move(tenant),
                         .slug = std::move(slug),
                         .names = {},
                         .place = {.host = std::move(host), .home = home, .folder = folder},
                         .zone = std::move(zone)};
  for (const auto& text : texts) {
    TRY_ASSIGN(auto name, HostName::parse(text));
    order.names.push_back(std::move(name));
  }
  if (order.names.empty()) return fail(ErrorCode::internal, "the journal's \"names\" of a certificate is empty");
  return order;
}

Result<Observed> observe_certificate(const CertificateOrder& order, const CertificatePorts& ports) {
  TRY_ASSIGN(const auto found, ports.store->find(order.name()));
  if (found && found->order.tenant == order.tenant) return Observed{.presence = Presence::complete};
  return ports.issuer->observe(order);
}

Result<void> give_up_certificate(const CertificateOrder& order, const CertificatePorts& ports) {
  const auto from_host = [&](const Certificate& certificate) -> Result<void> {
    TRY(ports.issuer->give_up(certificate.order));
    return {};
  };
  TRY_ASSIGN(const bool known, ports.store->remove(order, from_host));
  if (known) return {};
  // What the control database does not know any more may lie there all the same.
  TRY_ASSIGN(const auto seen, ports.issuer->observe(order));
  if (seen.presence != Presence::absent) TRY(ports.issuer->give_up(order));
  return {};
}

}  // namespace tenantctl
