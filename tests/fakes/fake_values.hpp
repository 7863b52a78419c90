// A clock that stands still and randomness that can be predicted.
#pragma once
#include "ports/clock.hpp"
#include "ports/entropy.hpp"

namespace tenantctl::test {

class FakeClock : public Clock {
 public:
  Instant now() const override { return time; }
  Instant time{std::chrono::seconds{1'800'000'000}};
};

/// 0, 1, 2, …: no two fills are alike.
class FakeEntropy : public Entropy {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace tenantctl::test
