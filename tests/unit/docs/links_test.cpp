// Documents name files; files move. These tests notice.
#include <catch2/catch.hpp>

#include <regex>

#include "support/temp_folder.hpp"

namespace fs = std::filesystem;
using tenantctl::test::read_text;

namespace {

const fs::path k_root = TENANTCTL_SOURCE_DIR;

std::vector<fs::path> documents() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(k_root)) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  for (const auto& entry : fs::recursive_directory_iterator(k_root / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

}  // namespace

TEST_CASE("links between the documents lead to files that exist") {
  static const std::regex k_link(R"re(\]\(([^)#: ]+)(?:#[^)]*)?\))re");
  REQUIRE(documents().size() >= 15);
  for (const auto& document : documents()) {
    const auto text = read_text(document);
    for (std::sregex_iterator link(text.begin(), text.end(), k_link), end; link != end; ++link) {
      INFO(document << " links to " << (*link)[1]);
      CHECK(fs::exists(document.parent_path() / std::string((*link)[1])));
    }
  }
}

TEST_CASE("source files that the documents name exist") {
  // A path with a placeholder in capitals, such as lib/commands/NAME.cpp, names no file, and what "build/" holds is made.
  static const std::regex k_path(R"re(`((?:lib|apps|tests|scripts|templates|docs)/[a-z0-9_./-]+)`)re");
  std::size_t seen = 0;
  for (const auto& document : documents()) {
    const auto text = read_text(document);
    for (std::sregex_iterator path(text.begin(), text.end(), k_path), end; path != end; ++path, ++seen) {
      INFO(document << " names " << (*path)[1]);
      CHECK(fs::exists(k_root / std::string((*path)[1])));
    }
  }
  CHECK(seen >= 30);
}
