# Gets, shows and gives up certificates on nginx's host; see lib/adapters/tls/certbot.hpp. The key never leaves the host. Needs a POSIX
# shell, coreutils, findutils, flock, and certbot.
# usage: VERB HOME FOLDER NAME TENANT ...; HOME is certbot's folder, FOLDER nginx's
# Ends with 75 and "tenantctl: WORD" on standard error where it refuses: busy, foreign, gone. With 76 where certbot failed: then its own
# words and its log are on standard output.
LC_ALL=C
export LC_ALL
umask 077
verb=$1 home=$2 folder=$3 name=$4 tenant=$5
shift 5
certs=$folder/certs
live=$home/etc/live/$name
conf=$home/etc/renewal/$name.conf
owner=$home/owners/$name
failure=$home/log/$name.failed
refuse() { echo "tenantctl: $1" >&2; exit 75; }
# Two certbots at once would get in each other's way.
take_turn() {
  mkdir -p -- "$home/log" || exit 1
  exec 9>>"$home/.lock" || exit 1
  flock -w "$1" 9 || refuse busy
}
is_ours() {
  first=$(head -n 1 -- "$1") || exit 1
  case $first in "# tenantctl tenant=$tenant "*) return 0 ;; esac
  return 1
}
is_free() { [ ! -e "$1" ] && [ ! -L "$1" ]; }
# Whether what certbot has is this tenant's: another may have had the name before.
has_ours() { [ -f "$owner" ] && [ "$(cat -- "$owner")" = "$tenant" ]; }
# A certbot that dies between its files would give the next certificate another name.
is_whole() {
  [ -s "$conf" ] && [ -f "$live/fullchain.pem" ] && return 0
  is_free "$conf" && is_free "$live" && is_free "$home/etc/archive/$name"
}
forget() {
  for one in "$name" "$name"-[0-9][0-9][0-9][0-9]; do
    rm -rf -- "$home/etc/live/$one" "$home/etc/archive/$one" "$home/etc/renewal/$one.conf" || exit 1
  done
  rm -f -- "$owner" "$failure" || exit 1
}
mark_gone() { mkdir -p -- "$home/gone" && find "$home/gone" -type f -mtime +30 -delete && : >"$home/gone/$tenant" || exit 1; }
# Files belong to whom nginx's folder belongs to.
own() { [ "$(id -u)" != 0 ] || chown --reference="$folder" -- "$1"; }
make_folder() { [ -d "$1" ] || { mkdir -p -m 755 -- "$1" && own "$1"; } || exit 1; }
# Whole or not at all: the chain and its key in one file.
install() (
  draft=$2
  trap 'rm -f -- "$draft"' EXIT
  trap 'exit 1' HUP INT PIPE TERM
  { printf '# tenantctl tenant=%s slug=%s\n' "$tenant" "$slug" && cat -- "$live/privkey.pem" "$live/fullchain.pem"; } >"$draft" || exit 1
  own "$draft" || exit 1
  [ -z "$group" ] || { chgrp -- "$group" "$draft" && chmod 640 -- "$draft"; } || exit 1
  sync -- "$draft" && mv -fT -- "$draft" "$1" || exit 1
)
# What certbot has is what nginx shows: a fresh one is not what an earlier try has left.
is_shown() {
  [ -f "$certs/$name.pem" ] && [ -f "$live/privkey.pem" ] &&
    [ "$(tail -n +2 -- "$certs/$name.pem")" = "$(cat -- "$live/privkey.pem" "$live/fullchain.pem")" ]
}
# Certbot keeps a copy of every key that it has made, whatever became of it.
run_certbot() {
  rm -f -- "$home/log/letsencrypt.log" "$failure"
  "$@" --non-interactive --config-dir "$home/etc" --work-dir "$home/lib" --logs-dir "$home/log" --max-log-backups 0 >"$home/said" 2>&1 </dev/null
  result=$?
  rm -rf -- "$home/etc/keys" "$home/etc/csr"
  return $result
}
# The authority's own certificate is another matter than nginx's.
trust() { [ -z "$1" ] || { REQUESTS_CA_BUNDLE=$1; export REQUESTS_CA_BUNDLE; }; }
PYTHONPATH=$home/python
export PYTHONPATH
case $verb in
issue) # GROUP SLUG CA_FILE FRESH COUNT { HOST DRAFT }... COMMAND; the nonce patience on standard input
  group=$1 slug=$2 fresh=$4 count=$5
  trust "$3"
  shift 5
  take_turn 30
  # Given up meanwhile, by who has waited for less.
  is_free "$home/gone/$tenant" || refuse gone
  make_folder "$certs"
  make_folder "$folder/acme"
  hosts=
  while [ "$count" -gt 0 ]; do
    target=$certs/$1.pem
    is_free "$target" || is_ours "$target" || refuse foreign
    hosts="$hosts $1 $2"
    shift 2
    count=$((count - 1))
  done
  if ! has_ours || ! is_whole; then
    forget
    mkdir -p -- "$home/owners" && printf '%s\n' "$tenant" >"$owner.new" && sync -- "$owner.new" && mv -f -- "$owner.new" "$owner" || exit 1
  fi
  mkdir -p -- "$home/python" && cat >"$home/python/sitecustomize.py" || exit 1
  if [ "$fresh" = 1 ] && is_shown; then set -- "$@" --force-renewal; else set -- "$@" --keep-until-expiring; fi
  run_certbot "$@" || {
    cp -f -- "$home/log/letsencrypt.log" "$failure" 2>&1
    tail -c 4000 -- "$home/said"
    [ ! -f "$failure" ] || tail -c 60000 -- "$failure"
    exit 76
  }
  set -- $hosts
  while [ $# -gt 0 ]; do
    install "$certs/$1.pem" "$certs/$2" || exit 1
    shift 2
  done
  sync -- "$certs" || exit 1
  cat -- "$live/cert.pem"
  ;;
remove) # CA_FILE COUNT { HOST DRAFT }... COMMAND, which revokes
  count=$2
  trust "$1"
  shift 2
  files=
  found=
  while [ "$count" -gt 0 ]; do
    files="$files $1.pem"
    is_free "$certs/$1.pem" || ! is_ours "$certs/$1.pem" || found=1
    is_free "$certs/$2" || { found=1 files="$files $2"; }
    shift 2
    count=$((count - 1))
  done
  # Nothing was ever got: then nobody is waited for, and there need not even be a folder.
  if [ -z "$found" ] && ! has_ours; then
    [ ! -d "$home" ] || mark_gone
    exit 0
  fi
  take_turn 150
  mark_gone
  for file in $files; do
    target=$certs/$file
    is_free "$target" && continue
    case $file in .*) ;; *) is_ours "$target" || continue ;; esac
    rm -f -- "$target" || exit 1
  done
  [ ! -d "$certs" ] || sync -- "$certs" || exit 1
  if has_ours; then
    if [ -d "$live" ]; then
      # Nobody has the key any more. The authority is told in vain for as long as it is out of reach.
      run_certbot "$@" && echo revoked || echo kept
    fi
    forget
  fi
  ;;
hide) # HOST...
  take_turn 25
  for host do
    target=$certs/$host.pem
    is_free "$target" || ! is_ours "$target" || rm -f -- "$target" || exit 1
  done
  [ ! -d "$certs" ] || sync -- "$certs" || exit 1
  ;;
look) # HOST...: a word for each, then what certbot has
  for host do
    target=$certs/$host.pem
    if is_free "$target"; then echo absent; elif is_ours "$target"; then echo ours; else echo other; fi
  done
  if has_ours && [ -d "$live" ]; then echo ours; else echo absent; fi
  ;;
list) # what certbot has, by name
  [ ! -d "$home/etc/live" ] || find "$home/etc/live" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' || exit 1
  ;;
*) exit 2 ;;
esac
