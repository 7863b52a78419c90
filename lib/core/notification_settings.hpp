// Reads `mail` and `webhooks` of tenantctl.yaml.
#pragma once
#include <filesystem>
#include <vector>

#include "core/mail.hpp"
#include "core/webhook.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {

/// Relative paths are taken from `folder`.
MailSettings read_mail(YamlMap map, const std::filesystem::path& folder);
std::vector<WebhookSettings> read_webhooks(std::vector<YamlMap> maps, const std::filesystem::path& folder);

}  // namespace tenantctl
