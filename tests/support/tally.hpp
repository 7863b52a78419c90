// What the fault tests of one process have tried, printed to stderr at its end: a name and a number a line, so that
// scripts/test can add up those of several processes. It judges nothing: tests do.
#pragma once
#include <cstddef>
#include <map>
#include <random>
#include <string>

#include "support/live_sandbox.hpp"

namespace tenantctl::test {

class Tally {
 public:
  static Tally& get();
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  /// Places that a sweep went through.
  void swept(std::size_t points) { points_ += points; }
  /// One case of a class of faults, such as "SIGKILL at a failpoint", and what it left.
  void add(const std::string& fault, const Inventory& left = {});
  void raced(std::size_t races) { races_ += races; }

  /// For the choices that a sweep leaves to chance: seeded by Catch's --rng-seed.
  std::mt19937& dice() { return dice_; }
  bool toss() { return (dice_() & 1U) != 0; }

 private:
  Tally();
  ~Tally();

  unsigned seed_;
  std::mt19937 dice_;
  std::size_t points_ = 0;
  std::map<std::string, std::size_t> faults_;
  std::size_t races_ = 0;
  std::size_t leftovers_ = 0;
};

}  // namespace tenantctl::test
