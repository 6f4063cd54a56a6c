#!/bin/sh
# Installs the rivals that `npm run bench` compares with, from Debian's own packages: haproxy, nginx, squid (with TLS), mitmproxy.
# Nothing is started: the bench starts its own instances on loopback with its own configuration. Needs root, or sudo.
set -eu

packages="${*:-haproxy nginx squid-openssl mitmproxy}"
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"

command -v apt-get >/dev/null 2>&1 || {
  echo "install-peers: apt-get is not here. Install haproxy, nginx, squid with TLS and mitmproxy by other means; the bench uses what it finds on PATH." >&2
  exit 1
}

# Debian starts a service when its package is installed, unless policy-rc.d says no. Ours lives only for this installation.
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
  made_policy=yes
fi
cleanup() { [ "$made_policy" = no ] || $as_root rm -f "$policy"; }
trap cleanup EXIT INT TERM

$as_root apt-get update -q
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages

for program in haproxy nginx squid mitmdump; do
  found=$(PATH="$PATH:/usr/sbin" command -v "$program" || true)
  printf '%-10s %s\n' "$program" "${found:-not installed}"
done
