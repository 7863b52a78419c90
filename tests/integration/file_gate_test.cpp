#include "adapters/files/file_gate.hpp"

#include <sys/stat.h>
#include <catch2/catch.hpp>
#include <filesystem>

#include "support/temp_folder.hpp"

using namespace tenantctl;
using tenantctl::test::TempFolder;
using namespace std::chrono_literals;

namespace {

Claim claim(std::int64_t fence, std::optional<ErrorCode> refusal = {}) {
  return {.ticket = {.id = *OperationId::parse("11111111-2222-4333-8444-555555555555"), .fence = fence},
          .still_ours = [refusal]() -> Result<void> {
            if (refusal) return fail(*refusal, "refused");
            return {};
          }};
}

FileGate gate_of(const Claim& claim) {
  FileGate gate(50ms);
  gate.begin(claim);
  return gate;
}

}  // namespace

TEST_CASE("who lost its operation does not get in, and holds no lock afterwards", "[files]") {
  TempFolder folder;

  const auto refused = gate_of(claim(1, ErrorCode::fenced)).enter(folder.path());

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::fenced);
  CHECK(FolderLock::take(folder.path(), 10ms));
}

TEST_CASE("who took an operation over waits for one that is still inside, and not for ever", "[files]") {
  TempFolder folder;
  auto inside = gate_of(claim(1)).enter(folder.path());
  REQUIRE(inside);

  const auto taker = gate_of(claim(2));
  const auto refused = taker.enter(folder.path());

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::timed_out);
  CHECK_THAT(refused.error().message, Catch::Contains(folder.path().string()));
  inside = fail(ErrorCode::internal, "gone");
  CHECK(taker.enter(folder.path()));
}

TEST_CASE("first holders of different operations do not wait for each other, unless they ask to", "[files]") {
  TempFolder folder;
  const auto inside = gate_of(claim(1)).enter(folder.path());
  REQUIRE(inside);

  CHECK(gate_of(claim(1)).enter(folder.path()));
  CHECK_FALSE(gate_of(claim(1)).enter(folder.path(), Sharing::exclusive));
}

TEST_CASE("a private folder is locked without a file in it, and a public one by a private file", "[files]") {
  TempFolder folder;
  CHECK(FolderLock::take(folder.path(), 10ms));
  CHECK(std::filesystem::is_empty(folder.path()));

  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  CHECK(FolderLock::take(folder.path(), 10ms));

  struct stat info {};
  REQUIRE(::stat((folder / ".lock").c_str(), &info) == 0);
  CHECK((info.st_mode & 077) == 0);
}
