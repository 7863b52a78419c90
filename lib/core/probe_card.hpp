// One way to cross a border, as templates/isolation/NAME.yaml states it: what is tried, why that matters, and how the hole is
// closed. Values and their reading; nothing is tried here.
#pragma once
#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/isolation.hpp"
#include "core/result.hpp"
#include "core/settings.hpp"

namespace tenantctl {

/// How a probe is carried out.
enum class ProbeKind : std::uint8_t {
  statement,  // SQL by the tenant, at home
  inside,     // SQL by the tenant, in what is another's
  door,       // entering a database that is not its own
  look,       // SQL by the provisioner, which finds what would let somebody in
  request,    // HTTP, as a visitor
  check,      // by tenantctl's own code: keys, files, passwords
};

/// What a statement or door is tried for, once each.
enum class ProbeEach : std::uint8_t {
  tenant,           // nothing: once for the tenant
  other,            // every other tenant
  neighbour,        // one other tenant, of which a session is open
  predefined_role,  // PostgreSQL's own roles
  stranger_role,    // roles that are neither those nor a tenant's
  extension,        // those at hand that lead out of a database
  server_database,  // databases that are no tenant's
};

/// Who shows that a try can succeed.
enum class ProbeBy : std::uint8_t { neighbour, provisioner };

/// The same try where it must succeed, without which a refusal proves nothing.
struct ProbeControl {
  ProbeBy by = ProbeBy::provisioner;
  std::string sql = {};                  // empty: the same
  std::string prepare = {};              // before it, in the same transaction: the hole itself, where that is a look's
  std::vector<std::string> passes = {};  // SQLSTATEs that come after the server has granted the right
  bool at_home = true;                   // in the tenant's database; else in the provisioner's own
};

struct ProbeCard {
  std::string name;
  Border border{};
  Severity severity{};
  std::string tries;
  std::string why;
  std::string close;
  ProbeKind kind{};
  ProbeEach each = ProbeEach::tenant;
  std::vector<StackKind> kinds = {StackKind::database, StackKind::schema};  // of tenants that it is for
  std::vector<StackKind> visible_for = {};                                  // what can't be closed there
  std::string sql = {};                                                     // of a request: its lines
  bool rows_are_breach = false;                                             // else success is; of a request: also its own page
  bool in_transaction = true;                                               // else the statement can't be, and must be harmless by itself
  bool at_home = true;                    // of a look: in the tenant's database; else in the provisioner's own
  std::vector<std::string> moot = {};     // SQLSTATEs that say that there is nothing to try
  bool may_be_empty = false;              // of what is inside: the other may have nothing of the kind
  bool together = false;                  // of a request: its headers may be sent with those of others, as long as that shows the own page
  bool by_https = false;                  // of a request: over a connection for the own host, where there are certificates
  std::vector<std::string> refused = {};  // SQLSTATEs that say that the border held
  int since_version = 0;                  // of the server, such as 150000
  ProbeControl control = {};
  std::string fix = {};  // SQL; empty: a look gives it itself, or nothing does
  bool fix_at_home = false;

  bool is_for(StackKind stack) const { return std::ranges::find(kinds, stack) != kinds.end(); }
  bool is_visible_for(StackKind stack) const { return std::ranges::find(visible_for, stack) != visible_for.end(); }
};

/// Of those that the binary carries; every name that code asks for is among them.
inline const ProbeCard& card_named(std::span<const ProbeCard> cards, std::string_view name) {
  return *std::ranges::find(cards, name, &ProbeCard::name);
}

/// Errors: template_invalid.
Result<ProbeCard> parse_probe_card(const std::string& file, std::string_view text);
/// All that the binary carries, by border and name. Errors: template_invalid.
Result<std::vector<ProbeCard>> probe_cards();

using ProbeWords = std::map<std::string, std::string>;
/// A card's text with each "{word}" filled in. Errors: template_invalid, naming a word that is not known.
Result<std::string> fill_probe(std::string_view text, const ProbeWords& words);

}  // namespace tenantctl
