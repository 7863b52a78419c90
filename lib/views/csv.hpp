// Cells of CSV, as spreadsheets read it.
#pragma once
#include <string>

namespace tenantctl {

/// RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe in front, as it shows texts.
std::string csv_cell(std::string text);

}  // namespace tenantctl
