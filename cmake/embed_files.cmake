# Run by tenantctl_embed: writes OUT, a table of the files NAMES (comma-separated, below ROOT) as byte arrays.
string(REPLACE "," ";" names "${NAMES}")
set(arrays "")
set(rows "")
set(index 0)
foreach(name IN LISTS names)
  file(READ ${ROOT}/${name} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," body "${hex}")
  string(APPEND arrays "const unsigned char file_${index}[] = {${body}0};\n")
  string(APPEND rows "    {\"${name}\", {reinterpret_cast<const char*>(file_${index}), ${bytes}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUT} "// Generated from ${index} files; edit those.
#include \"core/embedded.hpp\"

namespace {
${arrays}
constexpr std::size_t k_count = ${index};
const tenantctl::EmbeddedFile k_files[] = {
${rows}};
}  // namespace

namespace tenantctl {
std::span<const EmbeddedFile> embedded_files() { return {k_files, k_count}; }
}  // namespace tenantctl
")
