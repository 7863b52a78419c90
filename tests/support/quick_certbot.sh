#!/bin/bash
# Certbot's place in tests of what is around it: the commands and files of certbot 2.1 as far as tenantctl uses them, with certificates
# that it signs itself, in some ten milliseconds. tests/contract/certificate_contract.hpp runs on both.
set -euo pipefail
verb=$1
shift
hosts=() fresh=
while [ $# -gt 0 ]; do
  case $1 in
  --cert-name) name=$2; shift ;;
  --config-dir) dir=$2; shift ;;
  -d) hosts+=("$2"); shift ;;
  --force-renewal) fresh=1 ;;
  esac
  shift
done
live=$dir/live/$name
case $verb in
certonly)
  [ -f "$live/cert.pem" ] && [ -z "$fresh" ] && exit 0
  mkdir -p "$live" "$dir/archive/$name" "$dir/renewal"
  names=$(printf ',DNS:%s' "${hosts[@]}")
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$name" -addext "subjectAltName=${names:1}" \
    -keyout "$live/privkey.pem" -out "$live/cert.pem" 2>/dev/null
  cp "$live/cert.pem" "$live/fullchain.pem"
  echo "# $name" >"$dir/renewal/$name.conf"
  mkdir -p "$dir/keys" && cp "$live/privkey.pem" "$dir/keys/0000_key-certbot.pem"
  ;;
revoke) rm -rf "$live" "$dir/archive/$name" "$dir/renewal/$name.conf" ;;
*) exit 2 ;;
esac
