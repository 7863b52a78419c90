#include "core/invoice.hpp"

#include <fmt/format.h>

#include <array>

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 2> k_invoice_kinds{"invoice", "credit_note"};

}  // namespace

std::string_view to_string(InvoiceKind kind) { return k_invoice_kinds.at(static_cast<std::size_t>(kind)); }

// What a kind of line does not have is left out.
nlohmann::json line_document(const InvoiceLine& line) {
  nlohmann::json document{{"kind", to_string(line.kind)}, {"text", line_text(line)}, {"amount_cents", line.amount_cents}};
  if (!line.plan.empty()) document["plan"] = line.plan;
  if (!line.resource.empty()) document["resource"] = line.resource;
  if (line.to > line.from) {
    document["from_us"] = to_micros(line.from);
    document["to_us"] = to_micros(line.to);
    document["from"] = to_rfc3339(line.from);
    document["to"] = to_rfc3339(line.to);
  }
  if (line.kind == LineKind::overage) document.update({{"quantity", line.quantity}, {"unit", line.unit}});
  if (line.kind != LineKind::credit) document["price_cents"] = line.price_cents;
  return document;
}

Result<InvoiceLine> line_from(const nlohmann::json& document) {
  try {
    TRY_ASSIGN(const auto kind, parse_line_kind(document.at("kind").get<std::string>()));
    return InvoiceLine{.kind = kind,
                       .plan = document.value("plan", ""),
                       .resource = document.value("resource", ""),
                       .from = instant_from_micros(document.value("from_us", std::int64_t{0})),
                       .to = instant_from_micros(document.value("to_us", std::int64_t{0})),
                       .quantity = document.value("quantity", std::int64_t{0}),
                       .unit = document.value("unit", std::int64_t{0}),
                       .price_cents = document.value("price_cents", std::int64_t{0}),
                       .amount_cents = document.at("amount_cents")};
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::internal, fmt::format("a line of an invoice can't be read: {}", e.what()));
  }
}

}  // namespace tenantctl
