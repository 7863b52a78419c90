#include "core/tls_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/settings_values.hpp"

namespace tenantctl {
namespace {

constexpr const char* k_default_dir = "/var/lib/tenantctl/tls";

/// A path on nginx's host.
std::filesystem::path host_path(YamlMap& map, std::string_view key, const std::string& path, const std::filesystem::path& folder,
                                const Settings& settings) {
  if (!settings.nginx.host.empty() && !path.empty() && !path.starts_with('/'))
    map.refuse(key, fmt::format("must be an absolute path on host \"{}\"", settings.nginx.host));
  return absolute_path(folder, path);
}

NginxTls read_listening(YamlMap& map, const std::filesystem::path& folder, const Settings& settings) {
  NginxTls tls;
  tls.listen = map.texts("listen");
  if (tls.listen.empty()) tls.listen = {"0.0.0.0:443"};
  for (const auto& address : tls.listen) {
    if (!parse_address(address)) map.refuse("listen", fmt::format("\"{}\" is not HOST:PORT", address), R"(write listen: ["0.0.0.0:443"])");
    if (std::ranges::find(settings.nginx.listen, address) != settings.nginx.listen.end())
      map.refuse("listen", fmt::format("\"{}\" is nginx.listen's: one port can't do both", address));
  }
  if (const auto first = parse_address(tls.listen.front())) tls.port = first->port;
  tls.probe = map.text("probe");
  if (tls.probe.empty()) tls.probe = "https://" + reachable_at(map, tls.listen.front(), settings.nginx.host, settings);
  if (!tls.probe.starts_with("https://")) map.refuse("probe", "is no https URL", R"(write probe: "https://HOST:PORT")");
  tls.redirect = map.flag("redirect", tls.redirect);
  tls.hsts_days = static_cast<int>(map.integer("hsts_days", 0, 0, 3'650));
  tls.roots = absolute_path(folder, map.text("roots"));
  return tls;
}

void read_authority(YamlMap& map, TlsSettings& tls) {
  tls.email = map.text("email");
  if (auto good = EmailAddress::parse(tls.email); !good && !tls.email.empty()) map.refuse("email", good.error().message);
  tls.server = map.text("server");
  const auto parts = parse_url(tls.server);
  if (!tls.server.empty() && (!parts || parts->scheme != "https" || !address_in_url(parts->authority)))
    map.refuse("server", "is no https URL of an ACME directory");
  tls.staging = map.flag("staging", false);
  if (tls.staging && !tls.server.empty()) map.refuse("staging", "goes not with server", "remove one of the two");
  if (!map.flag("agree_tos", false))
    map.refuse("agree_tos", "is required: an authority gives certificates only to those who agree to its terms",
               "read them, and write agree_tos: true");
}

TlsChallenge read_challenge(YamlMap& map, const Settings& settings) {
  const auto text = map.text("challenge", "http");
  if (text == "http") return TlsChallenge::http;
  if (text != "dns") map.refuse("challenge", fmt::format("\"{}\" is unknown", text), R"(use "http" or "dns")");
  else if (!makes_records(settings.dns.provider))
    map.refuse("challenge", "needs a zone that tenantctl changes", R"(set dns.provider to "rfc2136" or "cloudflare", or use "http")");
  else if (!settings.nginx.host.empty())
    map.refuse("challenge", fmt::format("\"dns\" needs nginx on this machine, and it is on \"{}\"", settings.nginx.host), "use \"http\"");
  return TlsChallenge::dns;
}

bool is_group(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; }) && !text.starts_with('-');
}

}  // namespace

std::optional<TlsSettings> read_tls(YamlMap map, const std::filesystem::path& folder, const Settings& settings) {
  const auto provider = map.text("provider", "none");
  if (provider != "none" && provider != "certbot")
    map.refuse("provider", fmt::format("\"{}\" is not supported by this version of tenantctl", provider), R"(use "none" or "certbot")");
  if (provider != "certbot") {
    map.done();
    return std::nullopt;
  }
  TlsSettings tls;
  read_authority(map, tls);
  tls.challenge = read_challenge(map, settings);
  tls.nginx = read_listening(map, folder, settings);
  tls.ca_file = host_path(map, "ca_file", map.text("ca_file"), folder, settings);
  tls.dir = host_path(map, "dir", map.text("dir", k_default_dir), folder, settings);
  tls.program = map.text("program", tls.program);
  tls.key_group = map.text("key_group");
  if (!is_group(tls.key_group)) map.refuse("key_group", fmt::format("\"{}\" is no group's name", tls.key_group));
  tls.weekly = static_cast<int>(map.integer("weekly", tls.weekly, 1, 1'000'000));
  tls.renew_days = static_cast<int>(map.integer("renew_days", tls.renew_days, 1, 365));
  map.done();
  return tls;
}

}  // namespace tenantctl
