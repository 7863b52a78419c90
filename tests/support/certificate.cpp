#include "support/certificate.hpp"

#include "adapters/process/local_shell.hpp"

namespace tenantctl::test {

void make_certificate(const TempFolder& folder, const std::string& name) {
  LocalShell shell;
  const auto made = shell.run({.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                                        "-days", "30", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name + ",IP:127.0.0.1",
                                        "-keyout", (folder / "key.pem").string(), "-out", (folder / "cert.pem").string()}});
  if (!made || !made->succeeded()) throw std::runtime_error("no certificate: " + (made ? made->err : full_message(made.error())));
}

}  // namespace tenantctl::test
