#!/usr/bin/env bash
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Have a Docker engine that answers: use the one there is, else install and start Debian's.
set -eu
cd "$(dirname "$0")/.."
. tools/debian.sh

answers() { timeout 20 docker version >/dev/null 2>&1; }

# Where no service manager runs. No file handle is passed on: whoever waits for the end of our output need not wait
# for the daemon's.
start_daemon() {
    local log=.ansible/dockerd.log
    mkdir -p .ansible
    (
        for handle in /proc/self/fd/*; do
            handle=${handle##*/}
            [ "$handle" -le 2 ] || eval "exec $handle>&-" 2>/dev/null || true
        done
        cd /
        if [ "$(id -u)" -eq 0 ]; then
            exec setsid dockerd
        else
            exec setsid sudo -n dockerd --group "$(id -gn)"
        fi
    ) </dev/null >"$log" 2>&1 &
    echo $log
}

# The number in the pid file of an engine that was killed may belong to another process by now; a new one would not start.
drop_stale_pid() {
    local pid
    pid=$(as_root cat "$1" 2>/dev/null) || return 0
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] || as_root rm -f "$1"
}

if answers; then exit 0; fi

if [ -n "${DOCKER_HOST:-}" ]; then
    say "No Docker engine answers at DOCKER_HOST=$DOCKER_HOST: start it, or unset DOCKER_HOST to use one on this machine."
    timeout 20 docker version 2>&1 >/dev/null | tail -n 2 >&2 || true
    exit 1
fi
export PATH="$PATH:/usr/sbin:/sbin"
if ! command -v dockerd >/dev/null; then
    if ! command -v apt-get >/dev/null; then
        say "No Docker engine answers, and this is not Debian: install Docker (https://docs.docker.com/engine/install/) and start it."
        exit 1
    fi
    install_packages "the lab" docker.io
fi
command -v docker >/dev/null || install_packages "the lab" docker-cli # its own package from Debian 13 on
if answers; then exit 0; fi

if ! { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
    if [ -S /var/run/docker.sock ] && ! [ -w /var/run/docker.sock ]; then
        say "The Docker engine's socket is not yours to use: as root run 'usermod -aG docker $(id -un)', then log in again."
    else
        say "No Docker engine answers: as root run 'systemctl start docker' (or 'dockerd')."
    fi
    exit 1
fi
log=""
if [ -d /run/systemd/system ]; then
    as_root systemctl start docker
elif ! [ -S /var/run/docker.sock ] || ! as_root timeout 20 docker version >/dev/null 2>&1; then
    drop_stale_pid /var/run/docker.pid dockerd
    drop_stale_pid /var/run/docker/containerd/containerd.pid containerd
    log=$(start_daemon)
fi
for _ in $(seq 120); do
    if answers; then
        say "Docker engine $(docker version --format '{{.Server.Version}}') runs."
        exit 0
    fi
    if as_root timeout 20 docker version >/dev/null 2>&1 && [ "$(id -u)" -ne 0 ]; then
        say "Docker runs, but not for you: run 'sudo usermod -aG docker $(id -un)', log in again, and repeat this."
        exit 1
    fi
    sleep 0.5
done
say "The Docker engine did not answer within a minute${log:+; the end of $log:}"
if [ -n "$log" ]; then tail -n 15 "$log" >&2; else say "journalctl -u docker may tell why."; fi
exit 1
