# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of some servers by OpenStack's own SDK; run by the Python of .venv-openstack, against the fake Nova.

python nova_sdk.py KEYSTONE_URL PASSWORD REGION    prints what it saw, as JSON
"""

from __future__ import annotations

import json
import sys

import openstack

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMmJ0nXnVZXjYp0W1xqjVf3m1vN5m8qkS3Gx0Y0v0x0y"


def main(url, password, region):
    """Everything that the driver asks Nova for, and what came of it."""
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    login = dict(domains, auth_url=url, username="admin", password=password, project_name="admin")
    cloud = openstack.connect(auth=login, region_name=region)
    nova, seen = cloud.compute, {}
    small, large = nova.find_flavor("m1.small"), nova.find_flavor("m1.large")
    old, new = cloud.image.find_image("debian-12"), cloud.image.find_image("debian-13")
    network = cloud.network.find_network("lab")
    nova.create_keypair(name="sdk", public_key=KEY)
    facts = {"flavor_id": small.id, "networks": [{"uuid": network.id}], "metadata": {"a": "b"}, "key_name": "sdk"}
    server = nova.create_server(name="sdk", image_id=old.id, **facts)

    def until(status="ACTIVE"):
        return nova.wait_for_server(nova.get_server(server.id), status=status, interval=0.1)

    made = until()
    seen["made"] = [made.metadata, list(made.addresses), made.image.id == old.id, made.key_name]
    nova.stop_server(server)
    seen["stopped"] = until("SHUTOFF").status
    nova.start_server(server)
    until()
    nova.resize_server(server, large.id)
    until("VERIFY_RESIZE")
    nova.confirm_server_resize(server)
    seen["resized"] = until().flavor.id == large.id
    nova.reboot_server(server, "SOFT")
    until()
    nova.rebuild_server(server, image=new.id, user_data="aGk=")  # asks for the microversion itself
    seen["rebuilt"] = until().image.id == new.id
    nova.rescue_server(server)
    until("RESCUE")
    nova.unrescue_server(server)
    until()
    seen["console"] = nova.get_server_console_output(server)["output"]
    port = next(iter(cloud.network.ports(device_id=server.id)))
    outside = cloud.network.find_network("public")
    address = cloud.network.create_ip(floating_network_id=outside.id, description="sdk")
    cloud.network.update_ip(address, port_id=port.id)
    seen["floating"] = [(one.description, one.port_id == port.id) for one in cloud.network.ips()]
    cloud.network.delete_ip(address)
    for number in range(7):
        nova.create_server(name="s%d" % number, image_id=old.id, **facts)
    seen["listed"] = len(list(nova.servers()))
    seen["zones"] = [zone.name for zone in nova.availability_zones()]
    for one in list(nova.servers()):
        nova.delete_server(one)
    nova.wait_for_delete(server, interval=0.1)
    nova.delete_keypair("sdk")
    seen["left"] = [len(list(nova.servers())), len(list(nova.keypairs()))]
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
