# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with user data, told without showing any of it: it often holds secrets."""

from __future__ import annotations

import difflib

HEADER = "#cloud-config"
TYPES = {  # of cloud-init's documented keys, those whose type is one and no other
    "bootcmd": list,
    "runcmd": list,
    "packages": list,
    "write_files": list,
    "ssh_authorized_keys": list,
    "chpasswd": dict,
    "ssh_keys": dict,
}
WORDS = {list: "a list", dict: "a mapping"}
KNOWN = frozenset(  # https://docs.cloud-init.io/en/latest/reference/modules.html
    "allow_public_ssh_keys ansible apk_repos apt apt_pipelining apt_preserve_sources_list apt_update apt_upgrade "
    "apt_reboot_if_required autoinstall bootcmd byobu_by_default ca-certs ca_certs chef chpasswd cloud_config_modules "
    "cloud_final_modules cloud_init_modules create_hostname_file datasource datasource_list debug device_aliases "
    "disable_ec2_metadata disable_root disable_root_opts disk_setup drivers fan final_message fqdn fs_setup groups "
    "growpart grub-dpkg grub_dpkg hostname keyboard landscape launch-index locale locale_configfile lxd "
    "manage_etc_hosts manage_resolv_conf mcollective merge_how merge_type migrate mount_default_fields mounts network "
    "no_ssh_fingerprints ntp output package_reboot_if_required package_update package_upgrade packages password "
    "phone_home power_state prefer_fqdn_over_hostname preserve_hostname puppet random_seed reporting resize_rootfs "
    "resolv_conf rh_subscription rpi rsyslog runcmd salt_minion snap spacewalk ssh ssh_authorized_keys ssh_deletekeys "
    "ssh_fp_console_blacklist ssh_genkeytypes ssh_import_id ssh_key_console_blacklist ssh_keys ssh_publish_hostkeys "
    "ssh_pwauth ssh_quiet_keygen swap system_info timezone ubuntu_advantage ubuntu_pro updates user "
    "user.network-config users vendor_data vendor_data2 version wireguard write_files yum_repo_dir yum_repos "
    "zypper".split()
)
ALIKE = 0.85  # of 1; a key this near to a known one is a slip, others may be of somebody's own cloud-init module


def problems(rows, provider, limit=None):
    """One sentence for each declared server whose `_user_data` has more bytes than `limit` or is no cloud-config."""
    found = []
    for row in rows:
        text = row.get("_user_data")
        if text:
            found += ["server %s: %s" % (row["name"], reason) for reason in _reasons(text, provider, limit)]
    return found


def _reasons(text, provider, limit):
    reasons, size = [], len(text.encode("utf-8"))
    if limit is not None and size > limit:
        words = "its user data has %d bytes, provider %s takes %d; let it fetch the rest when it boots"
        reasons.append(words % (size, provider, limit))
    if text.split("\n", 1)[0].rstrip() == HEADER:
        data, wrong = cloud_config(text)
        reasons += ["its user data is no cloud-config: %s" % reason for reason in wrong] or _slips(data)
    return reasons


def cloud_config(text):
    """(what a text holds, why it is no cloud-config); nothing of either where this Python has no PyYAML, as on many a
    host of modules."""
    data, reasons = _loaded(text)
    wrong = [key for key, kind in TYPES.items() if _is_not(data.get(key), kind)]
    return data, reasons + ["%s must be %s" % (key, WORDS[TYPES[key]]) for key in wrong]


def _slips(data):
    """Of a sound cloud-config, one sentence for each key that is all but one of cloud-init's, which passes over it."""
    found = strangers(data, ALIKE)
    return ["cloud-init passes over the key %s of its user data; is it %s?" % pair for pair in found.items() if pair[1]]


def strangers(data, alike=0.6):
    """Keys that cloud-init does not document, each with the known one that it is most like, or None."""
    strange = sorted(str(key) for key in data if key not in KNOWN)
    return {key: next(iter(difflib.get_close_matches(key, sorted(KNOWN), 1, alike)), None) for key in strange}


def _loaded(text):
    """(what a text holds, why it holds nothing that can be used)."""
    try:
        import yaml
    except ImportError:
        return {}, []
    try:
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:  # its own words may quote the text
        mark = error.problem_mark or error.context_mark
        return {}, ["line %d, column %d cannot be read as YAML" % (mark.line + 1, mark.column + 1)]
    except (yaml.YAMLError, ValueError):
        return {}, ["it cannot be read as YAML; look for control characters and impossible dates"]
    if data is not None and not isinstance(data, dict):
        return {}, ["it must be a mapping of cloud-init's keys"]
    return data or {}, []


def _is_not(value, kind):
    return value is not None and not isinstance(value, kind)
