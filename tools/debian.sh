# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the scripts beside it: packages from Debian's archive, where root or sudo allows it, and Python's.

say() { printf '%s\n' "$*" >&2; }

# Run a command as root, without ever asking for a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

can_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

# install_packages WHY PACKAGE...: install them, one caller at a time; their services are not started.
install_packages() {
    local why=$1
    shift
    if ! can_install; then
        say "$why needs $*: install it (on Debian as root: apt-get install $*), or run this with root or sudo."
        return 1
    fi
    (
        flock 9
        _install_packages "$why" "$@"
    ) 9>"${TMPDIR:-/tmp}/rackwright-packages.$(id -u)"
}

_install_packages() {
    local why=$1 policy=/usr/sbin/policy-rc.d mine=""
    shift
    say "Installing $* from Debian's packages, for $why."
    if [ ! -e $policy ]; then
        mine=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
    fi
    local log status=0
    log=$(mktemp)
    _apt_install "$@" >"$log" 2>&1 || {
        as_root apt-get -q update >>"$log" 2>&1 && _apt_install "$@" >>"$log" 2>&1
    } || status=$?
    if [ -n "$mine" ]; then as_root rm -f $policy; fi
    if [ $status -ne 0 ]; then
        tail -n 15 "$log" >&2
        say "apt-get could not install $*, which $why needs: see above."
    fi
    rm -f "$log"
    return $status
}

_apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@" </dev/null
}

# pip_install VENV ARGUMENT...: what `pip install` does, by uv, which takes seconds for a minute of pip's. Where uv cannot be
# had or finds no way, as to a mirror that pip alone is told of, pip does it.
pip_install() {
    local venv=$1
    shift
    local pip=("$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-compile)
    "${pip[@]}" uv==0.13.9 2>/dev/null &&
        "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" "$@" 2>/dev/null ||
        "${pip[@]}" "$@"
}
