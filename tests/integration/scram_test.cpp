// The verifier that a server is given in the place of a password.
#include <catch2/catch.hpp>

#include <array>

#include "adapters/postgres/scram.hpp"

using namespace tenantctl;

TEST_CASE("the verifier is the one of RFC 7677's example") {
  // W22ZaJ0SNY7soEsUEjb6gQ==
  constexpr std::array<std::uint8_t, 16> salt{0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                                              0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};

  const auto verifier = postgres::scram_sha_256(Secret("pencil"), salt, 4096);

  CHECK(verifier ==
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

TEST_CASE("a password that would have to be normalised is left to libpq") {
  constexpr std::array<std::uint8_t, 16> salt{};
  CHECK_FALSE(postgres::scram_sha_256(Secret("pässword"), salt, 4096).has_value());
  CHECK_FALSE(postgres::scram_sha_256(Secret("tab\there"), salt, 4096).has_value());
}
