#include "commands/command_line.hpp"
#include "wiring.hpp"

int main(int argc, char* argv[]) { return tenantctl::run(argc, argv, tenantctl::production_services); }
