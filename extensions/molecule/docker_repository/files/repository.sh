#!/bin/sh
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A signed repository laid out like Docker's own, with packages that have Docker's names. What is in them is Debian's engine;
# the two plugins of the client are empty.
#
#     repository.sh FOLDER CODENAME
set -eu
root=$1
code=$2
pool=dists/$code/pool/stable
index=dists/$code/stable/binary-$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$root/$pool" "$root/$index"

# renamed OLD NEW: Debian's package under Docker's name, which stands for the old one and is never beside it
renamed() {
    (cd "$work" && apt-get -q download "$1" >/dev/null)
    dpkg-deb -R "$work/$1"_*.deb "$work/$2"
    control=$work/$2/DEBIAN/control
    version=$(sed -n 's/^Version: //p' "$control")
    sed -i -E "s/^Package: .*/Package: $2/; /^(Provides|Conflicts|Replaces|Breaks|Recommends|Suggests):/d" "$control"
    sed -i "/^Package:/a Provides: $1 (= $version)\nConflicts: $1\nReplaces: $1" "$control"
    dpkg-deb -Znone -b "$work/$2" "$root/$pool" >/dev/null
}

empty() {
    mkdir -p "$work/$1/DEBIAN"
    printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: tests <tests@example.org>\nDescription: empty\n' "$1" \
        >"$work/$1/DEBIAN/control"
    dpkg-deb -b "$work/$1" "$root/$pool" >/dev/null
}

renamed docker.io docker-ce
renamed containerd containerd.io
case $code in bookworm) empty docker-ce-cli ;; *) renamed docker-cli docker-ce-cli ;; esac
empty docker-buildx-plugin
empty docker-compose-plugin

cd "$root"
apt-ftparchive packages "$pool" >"$index/Packages"
apt-ftparchive -o APT::FTPArchive::Release::Suite="$code" -o APT::FTPArchive::Release::Components=stable \
    release "dists/$code" >"$work/Release"
mv "$work/Release" "dists/$code/Release"
export GNUPGHOME="$work/keys"
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key tests@example.org rsa3072 sign never
gpg --batch --armor --export >gpg
gpg --batch --yes --clear-sign --output "dists/$code/InRelease" "dists/$code/Release"
gpgconf --kill all
