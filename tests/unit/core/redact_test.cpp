#include <catch2/catch.hpp>

#include "core/redact.hpp"

using namespace tenantctl;

TEST_CASE("a secret is taken out wherever it stands, also where it looks like what takes its place, and short ones are left") {
  std::string text = "a s3cret, twice: s3crets3cret";
  redact(text, "s3cret");
  CHECK(text == "a ********, twice: ****************");

  std::string stars = "****";
  redact(stars, "****");
  CHECK(stars == "********");

  std::string words = "an ant";
  redact(words, "an");
  redact(words, "");
  CHECK(words == "an ant");
}
