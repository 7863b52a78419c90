// What the tests of pipelines share: scenes prepared anew for each case of a sweep, and how its findings are told.
#pragma once
#include <catch2/catch.hpp>
#include <functional>
#include <memory>

#include "fakes/scene.hpp"

namespace tenantctl::test {

template <class AScene>
MakeScene scene_with(const std::function<void(AScene&)>& prepare) {
  return [=] {
    auto scene = std::make_unique<AScene>();
    prepare(*scene);
    return scene;
  };
}

/// Shows ten of them at most.
inline void check_none(const std::vector<std::string>& wrong) {
  for (std::size_t i = 0; i < wrong.size() && i < 10; ++i) UNSCOPED_INFO(wrong[i]);
  CHECK(wrong.empty());
}

}  // namespace tenantctl::test
