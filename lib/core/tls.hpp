// How tenants are served by https, as tenantctl.yaml says it: by which program certificates are got, and how nginx shows them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tenantctl {

/// What nginx does besides answering by http.
struct NginxTls {
  std::vector<std::string> listen;  // "0.0.0.0:443"
  std::string probe;                // "https://127.0.0.1:443": where checks connect
  int port = 443;                   // that visitors are sent to
  bool redirect = true;             // to https, of hosts that have a certificate
  int hsts_days = 0;                // for so long browsers are to ask by https alone; 0: that is not said
  std::filesystem::path roots;      // whom checks trust; empty: whom the system trusts
};

/// How an authority is shown that a host is the operator's: by a page that nginx has, or by a record in the operator's zone.
enum class TlsChallenge : std::uint8_t { http, dns };

/// Certificates by certbot, on nginx's host.
struct TlsSettings {
  TlsChallenge challenge = TlsChallenge::http;
  std::string email = {};              // that the authority writes to; may be empty
  std::string server = {};             // the authority's ACME directory; empty: Let's Encrypt's
  bool staging = false;                // of Let's Encrypt: to be tried out with, trusted by nobody
  std::filesystem::path ca_file = {};  // whom certbot trusts to be the authority, on nginx's host; empty: whom the system trusts
  std::filesystem::path dir = {};      // certbot's files, on nginx's host
  std::string key_group = {};          // whose members may read keys, on nginx's host; empty: their owner alone
  std::string program = "certbot";     // likewise on nginx's host
  int weekly = 50;                     // new certificates in seven days, at most
  int renew_days = 30;                 // before the end
  NginxTls nginx = {};
};

}  // namespace tenantctl
