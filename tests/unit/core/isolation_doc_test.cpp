// docs/isolation.md lists what is tried, so it must have what templates/isolation/ says.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "core/probe_card.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;

namespace {

std::string right_probes() {
  std::string table =
      "| probe | border | severity | what it tries | why it matters | how to close it |\n| --- | --- | --- | --- | --- | --- |\n";
  const auto cards = probe_cards();
  REQUIRE(cards);
  for (const auto& card : *cards) {
    table += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", card.name, to_string(card.border), to_string(card.severity), card.tries,
                         card.why, card.close);
  }
  return table;
}

}  // namespace

TEST_CASE("docs/isolation.md has every probe as its card says, and no other") {
  const auto text = test::read_text(std::string(TENANTCTL_SOURCE_DIR) + "/docs/isolation.md");
  const auto begin = text.find("| probe |");
  REQUIRE(begin != std::string::npos);

  if (text.substr(begin) != right_probes()) FAIL_CHECK("docs/isolation.md does not end with this table:\n" << right_probes());
}
