#!/bin/sh
# Make .venv from the locked requirements, and do nothing when the lock has not changed.
#
#   install.sh base [PORT]   what the portal needs to run; first says whether PORT is free
#   install.sh dev           the same and the developers' tools
#
# Needs Python 3.11 or more with venv, and Pango for the PDFs. What is missing is installed when we
# are root on a Debian-like system; otherwise one line says what to install.
set -eu

cd "$(dirname "$0")/.."
profile=${1:-dev}
port=${2:-}

fail() {
    echo "$1" >&2
    exit 1
}

can_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

# apt_install "what it is for" package…
apt_install() {
    reason=$1
    shift
    if ! can_install; then
        fail "Il manque $reason. À installer : sudo apt install $*"
    fi
    echo "Installation du système : $reason ($*)…"
    log=$(mktemp)
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } \
        >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        fail "L’installation de $reason a échoué. À installer à la main : apt install $*"
    fi
    rm -f "$log"
}

recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13; do
        if recent_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

has_pango() {
    "$1" - >/dev/null 2>&1 <<'PY'
import ctypes
import ctypes.util
import sys

if sys.platform == "darwin":
    sys.exit(not ctypes.util.find_library("pango-1.0"))
for name in ("pango-1.0.so.0", "pangoft2-1.0.so.0", "harfbuzz-subset.so.0"):
    ctypes.CDLL("lib" + name)
PY
}

lock_state() {
    cksum requirements/base.txt
    if [ "$1" = dev ]; then cksum requirements/dev.txt; fi
}

# A lock already installed: the stamp says the same as the lock files. "dev" contains "base".
up_to_date() {
    .venv/bin/python -c '' >/dev/null 2>&1 || return 1
    for done_profile in "$profile" dev; do
        stamp=.venv/verrou-$done_profile
        if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(lock_state "$done_profile")" ]; then return 0; fi
    done
    return 1
}

python=$(find_python)
if [ -z "$python" ]; then
    apt_install "Python 3.11 ou plus récent" python3 python3-venv
    python=$(find_python)
    [ -n "$python" ] || fail "Il faut Python 3.11 ou plus récent (PYTHON=/chemin/de/python3.11 pour le désigner)."
fi
if [ -n "$port" ]; then
    "$python" -m scripts.port "$port"
fi
if ! has_pango "$python"; then
    apt_install "Pango, qui dessine les PDF" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
fi
if up_to_date; then
    exit 0
fi
if ! has_venv "$python"; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    apt_install "le module venv de Python" "python$version-venv"
fi

start=$(date +%s)
echo "Installation des bibliothèques Python dans .venv…"
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    "$python" -m venv .venv
fi
rm -f .venv/verrou-*
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
    -r "requirements/$profile.txt" </dev/null
lock_state "$profile" >".venv/verrou-$profile"
echo "Bibliothèques installées ($(($(date +%s) - start)) s)."
