#include "adapters/files/remote_files_script.hpp"

namespace tenantctl {

// Every change is made under the folder's lock, the one that FolderLock takes on the host itself, and is refused where the
// operation has been heard of with a higher token: what a client that was killed or cut off had asked for may come late.
// A draft is named before it is whole, since a shell knows no files without a name; it goes with this program, however that
// ends, but for SIGKILL. `head` takes no byte more than it is told to, so that the next file finds its own.
const std::string_view k_remote_files_script = R"sh(
LC_ALL=C
export LC_ALL
umask 077
verb=$1 dir=$2 operation=$3 token=$4 settle=$5 lease=$6 patience=$7
shift 7
refuse() { echo "tenantctl: $1" >&2; exit 75; }
own() { [ "$1" != folder ] || [ "$(id -u)" != 0 ] || chown --reference="$3" -- "$2" || exit 1; }
make_folder() (
  [ ! -d "$2" ] || exit 0
  parent=$(dirname -- "$2")
  make_folder "$1" "$parent" 755 || exit 1
  said=$(mkdir -m "$3" -- "$2" 2>&1) || [ -d "$2" ] || { echo "$said" >&2; exit 1; }
  own "$1" "$2" "$parent"
  sync -- "$parent"
)
read_lease() {
  held_by= held_until=0 held_for=
  [ ! -f "$dir/.lease" ] || read -r held_by held_until held_for <"$dir/.lease" || :
}
write_lease() {
  printf '%s %s %s\n' "$lease" "$(($(date +%s) + 90))" "$operation" >"$dir/.lease.new" && mv -f -- "$dir/.lease.new" "$dir/.lease" || exit 1
}
lock() {
  case $(stat -c %a -- "$dir") in
  '') exit 1 ;;
  *00) exec 9<"$dir" ;;
  *)
    [ ! -L "$dir/.lock" ] || refuse foreign
    exec 9>>"$dir/.lock"
    own folder "$dir/.lock" "$dir"
    ;;
  esac
  flock -w "$patience" 9 || refuse busy
}
check_fence() {
  [ -n "$operation" ] || return 0
  fence=$dir/.fences/$operation known=0
  [ ! -f "$fence" ] || read -r known <"$fence" || exit 1
  [ "$known" -le "$token" ] || refuse fenced
  [ "$settle" = 1 ] && [ "$known" -lt "$token" ] || return 0
  make_folder folder "$dir/.fences" 700 || exit 1
  find "$dir/.fences" -type f -mtime +30 -delete
  printf '%s\n' "$token" >"$fence.new" && sync -- "$fence.new" && mv -f -- "$fence.new" "$fence" || exit 1
}
enter() {
  lock
  check_fence
  [ -n "$lease" ] || return 0
  read_lease
  [ "$held_by" = "$lease" ] || refuse lost
  write_lease
}
drop_drafts() { while [ $# -gt 0 ]; do rm -f -- "$2"; shift 4; done; }
write_drafts() (
  owner=$1
  shift
  while [ $# -gt 0 ]; do
    rm -f -- "$2" || exit 1
    (set -C; exec head -c "$4" >"$2") || exit 1
    [ "$(stat -c %s -- "$2")" = "$4" ] || refuse cut
    own "$owner" "$2" "${2%/*}"
    chmod "$3" -- "$2" && sync -- "$2" || exit 1
    shift 4
  done
)
install_new() (
  [ $# -gt 0 ] || exit 0
  ln -T -- "$2" "$1" || exit 1
  first=$1
  shift 4
  install_new "$@" || { rm -f -- "$first"; exit 1; }
)
install_over() (while [ $# -gt 0 ]; do mv -fT -- "$2" "$1" || exit 1; shift 4; done)
tell() {
  kind=$(stat -c %F -- "$1" 2>&1)
  case $kind in
  "regular file" | "regular empty file")
    if hex=$(od -An -v -tx1 -N 65536 -- "$1"); then echo text $hex; elif [ -e "$1" ]; then exit 1; else echo absent; fi ;;
  *": No such file or directory" | *": Not a directory") echo absent ;;
  "stat: "*) echo "$kind" >&2; exit 1 ;;
  *) echo other ;;
  esac
}
case $verb in
settle)
  [ ! -d "$dir" ] || enter
  ;;
hold)
  wanted=$lease lease=
  enter
  lease=$wanted
  read_lease
  # Whoever took the same operation over need not wait: the earlier holder is fenced by now.
  if [ -n "$held_by" ] && [ "$held_until" -gt "$(date +%s)" ] && { [ -z "$operation" ] || [ "$held_for" != "$operation" ]; }; then refuse held; fi
  write_lease
  ;;
release)
  enter
  rm -f -- "$dir/.lease"
  ;;
create | replace)
  owner=$1 folder=${2%/*}
  shift
  enter
  trap 'drop_drafts "$@"' EXIT
  trap 'exit 1' HUP INT PIPE TERM
  write_drafts "$owner" "$@" || exit $?
  if [ "$verb" = create ]; then install_new "$@" || exit 1; else install_over "$@" || exit 1; fi
  drop_drafts "$@"
  sync -- "$folder" || exit 1
  ;;
remove)
  enter
  folder=${1%/*}
  rm -f -- "$@" || exit 1
  [ ! -d "$folder" ] || sync -- "$folder" || exit 1
  ;;
remove_draft)
  enter
  [ -e "$1" ] || [ -L "$1" ] || exit 0
  find "$1" -maxdepth 0 -type f -mmin +1 -delete || exit 1
  [ ! -e "$1" ] || refuse foreign
  ;;
remove_folder)
  enter
  rm -rf -- "$1" || exit 1
  ;;
make_folder)
  make_folder "$@" || exit 1
  ;;
read)
  for file do tell "$file"; done
  ;;
folders)
  [ ! -d "$1" ] || find "$1" -mindepth 1 -maxdepth 1 -type d -printf '%f\0' || exit 1
  ;;
marked)
  for folder do
    [ -d "$folder" ] || continue
    find "$folder" -maxdepth 1 -type f -name '.tenantctl-*.tmp' -mmin +1 -printf '%p\0draft\n' || exit 1
    find "$folder" -maxdepth 1 -type f ! -name '.*' -exec sh -c 'grep -anHZ -m 1 -e "^# tenantctl " -- "$@"; [ $? -le 1 ]' sh {} + || exit 1
  done
  ;;
writable)
  nearest=$1
  while [ ! -e "$nearest" ] && [ "$nearest" != / ]; do nearest=$(dirname -- "$nearest"); done
  [ -d "$nearest" ] || { echo "$nearest: Not a directory" >&2; exit 1; }
  [ -w "$nearest" ] && [ -x "$nearest" ] || { echo "$nearest: Permission denied" >&2; exit 1; }
  ;;
*) exit 2 ;;
esac
)sh";

}  // namespace tenantctl
