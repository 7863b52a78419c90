#include <catch2/catch.hpp>

#include <array>

#include "core/backup.hpp"

using namespace tenantctl;

TEST_CASE("a backup's id says when it was made, and nothing else has its form") {
  const auto id = backup_id(instant_from_micros(1'795'250'829'123'456), std::array<std::uint8_t, 4>{0x1a, 0x2b, 0x3c, 0x4d});

  CHECK(id.str() == "20261121T084709Z-1a2b3c4d");
  CHECK(BackupId::parse(id.str()).has_value());
  for (const auto* bad :
       {"", "newest", "20261121T084709Z-1A2B3C4D", "20261121T084709Z-1a2b3c4", "20261121T084709Z-1a2b3c4d/", "../../../../../../../../x"}) {
    CHECK_FALSE(BackupId::parse(bad).has_value());
  }
}

TEST_CASE("what differs between two copies is said table by table") {
  const Contents wanted{.rows = {{"public.a", 1}, {"public.b", 2}, {"public.c", 3}}, .definition = "x"};
  const Contents found{.rows = {{"public.a", 1}, {"public.b", 5}, {"public.d", 0}}, .definition = "x"};
  auto defined = wanted;
  defined.definition = "y";

  CHECK(differences(wanted, wanted).empty());
  CHECK(differences(wanted, found) == std::vector<std::string>{"table \"public.b\" has 5 rows and should have 2",
                                                               "table \"public.c\" is missing", "table \"public.d\" should not be there"});
  CHECK(differences(wanted, defined).size() == 1);
}

TEST_CASE("the word of a check is read off its database and its roles, and off nothing else") {
  CHECK(word_of_check("tctl_check_0a1b") == "0a1b");
  CHECK(word_of_check("tctl_check_0a1b_owner") == "0a1b");
  CHECK(word_of_check("demo_tctl_check_0a1b").empty());
  CHECK(word_of_check("tctl_tpl_demo").empty());
}
