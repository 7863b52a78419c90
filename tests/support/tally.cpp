#include "support/tally.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace tenantctl::test {

Tally& Tally::get() {
  static Tally tally;
  return tally;
}

Tally::Tally() : seed_(Catch::rngSeed()), dice_(seed_) {}

void Tally::add(const std::string& fault, const Inventory& left) {
  ++faults_[fault];
  leftovers_ += left.size();
}

Tally::~Tally() {
  std::size_t cases = 0;
  std::string classes;
  for (const auto& [fault, count] : faults_) {
    cases += count;
    classes += fmt::format("  {:<44} {:>5}\n", fault, count);
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began_).count();
  fmt::print(stderr, "points swept {}, cases {}, races {}, leftovers {}, {} s, seed {} (again with: -- --rng-seed {})\n{}", points_, cases, races_,
             leftovers_, seconds, seed_, seed_, classes);
}

}  // namespace tenantctl::test
