#!/bin/sh
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A plugin of the engine, own:latest, that does nothing but listen, with one setting.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/rootfs/run/docker/plugins"
for file in /usr/bin/perl $(ldd /usr/bin/perl | grep -o '/[^ ]*'); do
    install -D "$file" "$work/rootfs$file"
done
cat >"$work/config.json" <<'END'
{
    "entrypoint": ["/usr/bin/perl", "-e", "$SIG{TERM} = sub { exit }; socket(S, 1, 1, 0); bind(S, pack('Sa108', 1, '/run/docker/plugins/own.sock')) or die; listen(S, 5); close C while accept(C, S)"],
    "workdir": "/",
    "env": [{"name": "MODE", "settable": ["value"], "value": "none"}],
    "network": {"type": "none"},
    "interface": {"types": ["docker.dummy/1.0"], "socket": "own.sock"}
}
END
docker plugin create own:latest "$work"
docker plugin enable own:latest
