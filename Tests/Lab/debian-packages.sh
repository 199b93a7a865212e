#!/usr/bin/env bash
# Installs the named Debian packages that are missing:  debian-packages.sh PACKAGE…
#
# A package written PACKAGE:COMMAND also counts as present when COMMAND is there from elsewhere, e.g. curl:curl.
set -euo pipefail

say() { printf 'debian-packages: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

[ $# -gt 0 ] || fail "usage: debian-packages.sh PACKAGE[:COMMAND]…"

# The system's folders for daemons are not on every user's path, and sshd and ip live there.
PATH=$PATH:/usr/sbin:/sbin

is_present() {
    local package=${1%%:*} command=''
    [[ $1 != *:* ]] || command=${1#*:}
    [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null)" != installed ] || return 0
    [ -n "$command" ] && command -v "$command" >/dev/null
}

missing=()
for wanted in "$@"; do
    is_present "$wanted" || missing+=("${wanted%%:*}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}")
as_root=()
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "missing ${missing[*]}: run  sudo apt-get install ${missing[*]}"
    as_root=(sudo -n)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

say "installing ${missing[*]}"
# Fresh lists are fetched only when the ones at hand do not do: a machine without a network may still have a full cache.
if ! "${as_root[@]}" "${install[@]}" >"$log" 2>&1; then
    say "refreshing the package lists first"
    "${as_root[@]}" apt-get update >"$log" 2>&1 || fail "apt-get update failed: $(tail -n 1 "$log")"
    "${as_root[@]}" "${install[@]}" >"$log" 2>&1 ||
        fail "cannot install ${missing[*]}: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"
fi
