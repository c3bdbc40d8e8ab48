#!/bin/sh
# Installs the Debian packages without which tests are skipped: a browser for the page (with the fonts of
# its pictures) and two database servers. Needs root and apt-get; elsewhere it says what is missing.
set -eu

missing=""
need() {  # need PACKAGES WORD...: the words are a command that succeeds where the packages are there
  packages=$1
  shift
  "$@" >/dev/null 2>&1 || missing="$missing $packages"
}

postgres_is_there() { ls /usr/lib/postgresql/*/bin/postgres || command -v postgres; }
fonts_are_there() { ls /usr/share/fonts/*/inter; }

need chromium command -v chromium
need "nodejs npm" command -v npm
need "fonts-inter fonts-jetbrains-mono" fonts_are_there
need postgresql postgres_is_there
need mariadb-server command -v mariadbd

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "tests that need these packages are skipped:$missing" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# The servers' own services are not wanted: tests start theirs in a folder of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
# shellcheck disable=SC2086 # a list of names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
