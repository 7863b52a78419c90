#include "views/pool.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"

namespace tenantctl {

Report pool_report(const std::vector<PoolLine>& lines) {
  TextTable table({"STACK", "SIZE", "LOW", "READY", "FILLING", "CLAIMED", "STALE"});
  auto list = nlohmann::json::array();
  for (const auto& line : lines) {
    table.add({line.stack, std::to_string(line.size), std::to_string(line.low_water), std::to_string(line.ready),
               std::to_string(line.filling), std::to_string(line.claimed), std::to_string(line.stale)});
    list.push_back({{"stack", line.stack},
                    {"size", line.size},
                    {"low_water", line.low_water},
                    {"ready", line.ready},
                    {"filling", line.filling},
                    {"claimed", line.claimed},
                    {"stale", line.stale}});
  }
  return {.text = lines.empty() ? "no stack keeps a pool\n" : table.str(), .document = {{"pools", list}}};
}

Report pool_done_report(std::size_t filled, std::size_t dropped, const std::vector<Error>& errors) {
  auto text = fmt::format("{} made, {} dropped", filled, dropped);
  auto list = nlohmann::json::array();
  if (!errors.empty()) text += fmt::format(", {} failed", errors.size());
  text += '\n';
  for (const auto& error : errors) {
    text += fmt::format("failed: {}\n", full_message(error));
    list.push_back(nlohmann::json(error_document(error)));
  }
  return {.text = std::move(text),
          .document = {{"filled", filled}, {"dropped", dropped}, {"errors", list}},
          .exit_status = errors.empty() ? 0 : info(ErrorCode::operation_failed).exit_status};
}

}  // namespace tenantctl
