#include "isolation/inhabitant.hpp"

namespace tenantctl {

ProbeWords words_of_subject(const Inhabitant& subject) {
  const auto schema = subject.names.schema ? subject.names.schema->str() : std::string();
  return {{"my_login", subject.names.login.str()},
          {"my_owner", subject.names.owner.str()},
          {"my_database", subject.names.database.str()},
          {"my_schema", schema},
          {"room", schema.empty() ? "public" : schema}};
}

void add_other(ProbeWords& words, const Inhabitant& other, int session) {
  words["other_login"] = other.names.login.str();
  words["other_owner"] = other.names.owner.str();
  words["other_database"] = other.names.database.str();
  words["other_schema"] = other.names.schema ? other.names.schema->str() : std::string();
  words["victim_pid"] = std::to_string(session);
}

}  // namespace tenantctl
