#include "views/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/plans.hpp"
#include "core/text_table.hpp"
#include "views/instants.hpp"
#include "views/sizes.hpp"

namespace tenantctl {
namespace {

constexpr int k_bar_width = 20;

std::string limit_shown(const std::string& resource, const Limit& limit) { return limit ? amount_text(resource, *limit) : "unlimited"; }

/// "[####                ]  21 %"; nothing where there is no limit.
std::string bar(std::int64_t current, const Limit& limit) {
  if (!limit) return "-";
  const double share = *limit > 0 ? static_cast<double>(current) / static_cast<double>(*limit) : current > 0 ? 1.0 : 0.0;
  const auto filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * k_bar_width);
  return fmt::format("[{:<{}}] {:>3.0f} %", std::string(static_cast<std::size_t>(filled), '#'), k_bar_width, share * 100);
}

nlohmann::json override_document(const LimitOverride& one) {
  return {{"limit", limit_document(one.amount)}, {"until", instant_or_null(one.until)}, {"reason", one.reason}};
}

}  // namespace

std::string amount_text(const std::string& resource, std::int64_t amount) {
  return resource == "storage_bytes" ? size_text(amount) : std::to_string(amount);
}

Report limit_report(const LimitView& view) {
  auto text = fmt::format("{}{}: {} of {}\n", view.resource, view.company.empty() ? "" : fmt::format(" of \"{}\"", view.company),
                          amount_text(view.resource, view.current), limit_shown(view.resource, view.limit));
  if (!view.answer.message.empty()) text += view.answer.message + "\n";
  Report report{.text = std::move(text),
                .document = {{"can_create", view.answer.can_create},
                             {"current", view.current},
                             {"limit", limit_document(view.limit)},
                             {"message", view.answer.message},
                             {"tenant", view.slug},
                             {"resource", view.resource}}};
  if (!view.company.empty()) report.document["company"] = view.company;
  if (!view.answer.can_create) report.exit_status = info(ErrorCode::limit_reached).exit_status;
  return report;
}

Report limit_override_report(const std::string& slug, const Resource& resource, const std::optional<LimitOverride>& limit) {
  const std::string name(resource.name);
  Report report{.text = {}, .document = {{"tenant", slug}, {"resource", name}, {"override", nullptr}}};
  if (!limit) {
    report.text = fmt::format("{} of \"{}\" is limited by its plan again\n", name, slug);
    return report;
  }
  report.document["override"] = override_document(*limit);
  report.text = fmt::format("{} of \"{}\": {}{}, whatever its plan says\n", name, slug, limit_shown(name, limit->amount),
                            limit->until ? " until " + to_rfc3339(*limit->until) : "");
  return report;
}

Report usage_report(const std::string& slug, const std::string& plan, const std::vector<UsageLine>& lines) {
  TextTable table({"RESOURCE", "NOW", "LIMIT", "USED", "AGREED"});
  auto documents = nlohmann::json::array();
  for (const auto& line : lines) {
    const auto& agreed = line.override_in_force;
    table.add({line.resource, amount_text(line.resource, line.current), line.is_limited ? limit_shown(line.resource, line.limit) : "-",
               bar(line.current, line.limit),
               !agreed         ? ""
               : agreed->until ? "until " + to_rfc3339(*agreed->until)
                               : "for good"});
    documents.push_back({{"resource", line.resource},
                         {"current", line.current},
                         {"limit", line.is_limited ? limit_document(line.limit) : nlohmann::json()},
                         {"override", agreed ? override_document(*agreed) : nlohmann::json()}});
  }
  return {.text = fmt::format("{}, plan {}\n{}", slug, plan, table.str()),
          .document = {{"tenant", slug}, {"plan", plan}, {"usage", std::move(documents)}}};
}

}  // namespace tenantctl
