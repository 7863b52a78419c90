#include "adapters/frappe/gate_script.hpp"

namespace tenantctl::frappe {

// setsid: without a terminal the bench reads passwords from its standard input, and no hangup reaches it. `timeout` stands
// inside that session, so that the limit holds for all that the bench starts, whatever becomes of us. Descriptor 9 is the
// lock: the bench inherits it, so that the site stays locked while any of its processes lives. It talks into files, because
// its next word into the pipe of a client that has died would kill it halfway.
const std::string_view k_gate_script = R"sh(
verb=$1 bench=$2 site=$3 tenant=$4 database=$5 token=$6 patience=$7
shift 7
refuse() { echo "tenantctl: $1" >&2; exit 75; }
case $bench in "~/"*) bench=$HOME/${bench#"~/"} ;; esac
cd -- "$bench" 2>/dev/null && [ -f sites/apps.txt ] || refuse no-bench
claim=.tenantctl/$site.claim lock=.tenantctl/$site.lock
read_claim() {
  c_tenant= c_database= c_token= c_made=
  [ ! -f "$claim" ] || { read -r c_tenant; read -r c_database; read -r c_token; read -r c_made; } <"$claim"
}
write_claim() { (umask 077; printf '%s\n' "$tenant" "$database" "$token" "$1" >"$claim.new") && mv -f -- "$claim.new" "$claim"; }
is_ours() { [ "$c_tenant" = "$tenant" ] && [ "$c_database" = "$database" ]; }
database_of() { sed -n 's/.*"db_name": *"\([^"]*\)".*/\1/p' "$1/site_config.json" 2>/dev/null; }
is_other() { named=$(database_of "$1"); [ -n "$named" ] && [ "$named" != "$database" ]; }
take_lock() {
  exec 9>>"$lock" || exit 1
  flock -w "$patience" 9 || refuse busy
  [ "$lock" -ef /proc/self/fd/9 ] || refuse busy
}
take_claim() {
  (umask 077; mkdir -p .tenantctl) || exit 1
  take_lock
  read_claim
  if [ -n "$c_tenant" ]; then
    is_ours && [ "$c_token" = "$token" ] || refuse foreign
  else
    [ ! -e "sites/$site" ] || { rm -f -- "$lock"; refuse foreign; }
    write_claim "" || exit 1
  fi
}
need_claim() {
  [ -f "$claim" ] || refuse unclaimed
  take_lock
  read_claim
  is_ours && [ "$c_token" = "$token" ] || refuse unclaimed
}
case $verb in
look)
  if [ -n "$token" ] && [ -f "$claim" ]; then
    take_lock
    read_claim
    # Whoever comes late with an older fence of the same operation takes nothing back.
    if is_ours && [ "${c_token%.*}" = "${token%.*}" ] && [ "${c_token##*.}" -gt "${token##*.}" ]; then refuse unclaimed; fi
    if is_ours && [ "$c_token" != "$token" ]; then write_claim "$c_made" || exit 1; fi
  else
    read_claim
  fi
  if [ -z "$c_tenant" ]; then echo claim=none; elif is_ours; then echo claim=ours; else echo claim=other; fi
  if [ ! -e "sites/$site" ]; then echo site=none; elif is_other "sites/$site"; then echo site=other; else echo site=there; fi
  echo "made=$c_made"
  if is_ours; then sed -n 's/.*"\(maintenance_mode\|pause_scheduler\)": *\([01]\).*/\1=\2/p' "sites/$site/site_config.json" 2>/dev/null; fi
  :
  ;;
claim)
  take_claim
  ;;
adopt)
  # The standby first: where it is gone, or has got another holder, nothing may be claimed for it.
  standby=$1
  if [ -f ".tenantctl/$standby.claim" ]; then
    exec 8>>".tenantctl/$standby.lock" || exit 1
    flock -w "$patience" 8 || refuse busy
    [ ".tenantctl/$standby.lock" -ef /proc/self/fd/8 ] || refuse busy
  fi
  if [ -e "sites/$standby" ]; then
    claim=.tenantctl/$standby.claim
    read_claim
    claim=.tenantctl/$site.claim
    is_ours && [ "$c_made" = made ] && ! is_other "sites/$standby" || refuse gone
    [ "$c_token" = "$token" ] || refuse unclaimed
    take_claim
    [ ! -e "sites/$site" ] || refuse foreign
    mv -T -- "sites/$standby" "sites/$site" || exit 1
  else
    [ -f "$claim" ] || refuse gone
    need_claim
  fi
  [ "$(database_of "sites/$site")" = "$database" ] || refuse gone
  write_claim made || exit 1
  words=.tenantctl/$standby
  rm -f -- "$words.claim" "$words.claim.new" "$words.lock" "$words.out" "$words.err"
  ;;
run)
  limit=$1 mark=$2
  shift 2
  need_claim
  words=.tenantctl/$site
  (umask 077; : >"$words.out"; : >"$words.err") || exit 1
  setsid --wait timeout -k 5 "$limit" "$@" >"$words.out" 2>"$words.err"
  status=$?
  if [ "$status" = 0 ] && [ -n "$mark" ]; then
    # The bench leaves the database's password, and later whole backups, to be read by everybody on the host.
    (umask 077; mkdir -p "sites/$site/private/backups") && chmod o= "sites/$site/site_config.json" "sites/$site/private/backups" &&
      write_claim "$mark" || exit 1
  fi
  cat -- "$words.out"
  cat -- "$words.err" >&2
  rm -f -- "$words.out" "$words.err"
  exit "$status"
  ;;
ask)
  limit=$1
  shift 2
  read_claim
  is_ours || refuse unclaimed
  exec setsid --wait timeout -k 5 "$limit" "$@"
  ;;
list)
  for claim in .tenantctl/*.claim; do
    [ -f "$claim" ] || continue
    site=${claim#.tenantctl/}
    site=${site%.claim}
    read_claim
    database=$c_database state=there
    if [ ! -e "sites/$site" ]; then state=none; elif is_other "sites/$site"; then state=other; fi
    printf '%s\t%s\t%s\t%s\n' "$site" "$c_tenant" "$c_database" "$state"
  done
  ;;
tidy)
  # What a claim has left that ended before it was one.
  [ -d .tenantctl ] && [ ! -f "$claim" ] || exit 0
  take_lock
  [ ! -f "$claim" ] || exit 0
  rm -f -- "$claim.new" "$lock" || exit 1
  rmdir .tenantctl 2>/dev/null || :
  ;;
remove)
  need_claim
  ! is_other "sites/$site" || refuse foreign
  rm -rf -- "sites/$site" || exit 1
  for archived in "archived/sites/$site" "archived/sites/$site"[0-9]*; do
    if [ "$(database_of "$archived")" = "$database" ]; then rm -rf -- "$archived" || exit 1; fi
  done
  rm -f -- "$claim" "$claim.new" "$lock" ".tenantctl/$site.out" ".tenantctl/$site.err" || exit 1
  rmdir .tenantctl 2>/dev/null || :
  ;;
esac
)sh";

}  // namespace tenantctl::frappe
