#include "adapters/tls/certificate_text.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "adapters/system/releaser.hpp"

namespace tenantctl {
namespace {

using Bio = std::unique_ptr<BIO, Releaser<BIO_vfree>>;
using X509Pointer = std::unique_ptr<X509, Releaser<X509_free>>;

}  // namespace

Result<Instant> end_of_certificate(std::string_view pem) {
  const Bio text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Pointer certificate(text ? PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr) : nullptr);
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1)
    return fail(ErrorCode::process_failed, "certbot's certificate can't be read");
  return Instant{std::chrono::seconds{::timegm(&end)}};
}

}  // namespace tenantctl
