// What the fault tests of one process have tried, printed to stderr at its end: a name and a number a line, so that
// scripts/test can add up those of several processes. It judges nothing: tests do.
#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

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
  /// Whether nothing is to be left to chance that can be tried in full: $TENANTCTL_SWEEP is "full".
  static bool full();
  /// `count` of `all`, drawn by the dice and in their order; all of them where the sweep is full, or where they are fewer.
  template <class T>
  std::vector<T> draw(const std::vector<T>& all, std::size_t count) {
    if (full()) return all;
    std::vector<T> drawn;
    std::sample(all.begin(), all.end(), std::back_inserter(drawn), count, dice_);
    return drawn;
  }

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
