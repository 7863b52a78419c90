// The command line: parses it, runs the one command that was chosen, prints its report or error, returns the exit status.
// It knows no adapter; what commands use is made by the function it is given.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "commands/services.hpp"
#include "views/report.hpp"

namespace tenantctl {

enum class Verbosity { quiet, normal, verbose };

struct GlobalOptions {
  std::filesystem::path config;  // empty: searched for
  OutputFormat output = OutputFormat::table;
  Verbosity verbosity = Verbosity::normal;
  bool no_color = false;
  bool yes = false;
  std::string actor;
};

using MakeServices = std::function<std::unique_ptr<Services>(const GlobalOptions&)>;

/// `main` is this and nothing else. Prints to stdout and stderr.
int run(int argc, const char* const* argv, const MakeServices& make_services);

}  // namespace tenantctl
