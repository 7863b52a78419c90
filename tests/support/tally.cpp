#include "support/tally.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace tenantctl::test {

Tally& Tally::get() {
  static Tally tally;
  return tally;
}

bool Tally::full() {
  const char* sweep = std::getenv("TENANTCTL_SWEEP");
  return sweep != nullptr && std::string_view(sweep) == "full";
}

Tally::Tally() : seed_(Catch::rngSeed()), dice_(seed_) {}

void Tally::add(const std::string& fault, const Inventory& left) {
  ++faults_[fault];
  leftovers_ += left.size();
}

Tally::~Tally() {
  std::size_t cases = 0;
  for (const auto& [fault, count] : faults_) cases += count;
  fmt::print(stderr, "seed {} (again with: -- --rng-seed {})\n", seed_, seed_);
  const auto line = [](const std::string& what, std::size_t count) { fmt::print(stderr, "  {:<44} {:>5}\n", what, count); };
  line("points swept", points_);
  line("cases", cases);
  line("races", races_);
  line("leftovers", leftovers_);
  for (const auto& [fault, count] : faults_) line("case: " + fault, count);
}

}  // namespace tenantctl::test
