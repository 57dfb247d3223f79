# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_info on a thousand instances that moto imitates: how many pages are read.

Time would be moto's own, which takes seconds for such a list; the requests are what counts.
"""

from __future__ import annotations

from contract.clouds import OnMoto
from contract.proxy import Proxy
from integration.moto import KEY, Moto

NUMBER, TOGETHER = 1000, 50


def measure(table, ansible, _pairs):
    """The cases of this part."""
    with Moto() as moto, Proxy(("127.0.0.1", moto.port), spell=OnMoto.spell) as door:
        for batch in range(NUMBER // TOGETHER):
            _make(moto.client(), batch)
        keys = {"access_key": KEY["aws_access_key_id"], "secret_key": KEY["aws_secret_access_key"]}
        source = {"provider": "ec2", "ec2": dict(keys, url=door.url, regions=["us-east-1"])}
        tasks = [
            {"name": "Look", "rackwright.platform.server_info": source, "register": "found"},
            {"name": "Count", "ansible.builtin.assert": {"that": ["found.servers | length == %d" % NUMBER]}},
        ]
        ansible.run("ansible-playbook", str(ansible.play_of("ec2-info-counted", tasks)))
        pages, others = door.count("GET", "DescribeInstances"), len(door.seen) - door.count("GET", "DescribeInstances")
        found = "%d page, %d other requests" % (pages, others)
        table.count("server_info %d instances" % NUMBER, found, pages == 1 and not others, "1 page of 1000")


def _make(client, batch):
    tags = [{"Key": "Name", "Value": "b%03d" % batch}]
    client.run_instances(
        ImageId="ami-12c6146b",
        MinCount=TOGETHER,
        MaxCount=TOGETHER,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
