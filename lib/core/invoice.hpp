// Invoices and credit notes as they were issued. Nothing of them changes afterwards.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/billing.hpp"
#include "core/names.hpp"

namespace tenantctl {

enum class InvoiceKind : std::uint8_t { invoice, credit_note };
std::string_view to_string(InvoiceKind kind);

struct Invoice {
  std::int64_t number = 0;  // one after the other, without gaps; 0 where it was not issued
  std::string label = {};   // as it is printed: "INV-000001"
  InvoiceKind kind = InvoiceKind::invoice;
  std::string tenant;  // its id
  std::string slug;
  std::string company = {};
  std::string email = {};
  std::string issuer = {};
  Month month{};
  Bill bill;
  Instant issued_at{};
  std::string actor = {};
  std::string reason = {};
  std::string credits = {};         // of a credit note: the invoice's label
  bool bills_again = false;         // of a credit note
  std::int64_t credited_cents = 0;  // of an invoice: what credit notes have taken back until now
};

/// For the control database and for programs.
nlohmann::json line_document(const InvoiceLine& line);
/// Read back from there. Errors: internal.
Result<InvoiceLine> line_from(const nlohmann::json& document);

}  // namespace tenantctl
