# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role kubernetes says what is wrong before it does anything. What it does is in its molecule scenario."""

from __future__ import annotations

from integration.play import play

INVENTORY = """
[kubernetes_control_plane]
cp1 ansible_host=192.0.2.1
cp2 ansible_host=192.0.2.2
[kubernetes_control_plane:vars]
ansible_connection=local
ansible_python_interpreter={{ ansible_playbook_python }}
kubernetes_source=/nowhere
"""


def refusal(tmp_path, **vars):
    """What is said, and by which task."""
    hosts = tmp_path / "hosts"
    hosts.write_text(INVENTORY)
    role = [{"name": "Run the cluster", "ansible.builtin.import_role": {"name": "rackwright.platform.kubernetes"}}]
    book = [{"hosts": "kubernetes_control_plane", "gather_facts": False, "tasks": role}]
    played = play(book, vars=vars, args=["-i", str(hosts)], check=True, fails=True)
    line = next(line for line in played.lines if line["status"] == "failed")
    assert not played.changed
    return line["task"], str(line["result"])


def test_what_no_cluster_can_be_made_of_is_said_in_one_go(tmp_path):
    task, said = refusal(
        tmp_path, kubernetes_version="1.33.2", kubernetes_swap="allow", kubernetes_endpoint_by="kube-vip"
    )
    assert task.endswith("Refuse what no cluster can be made of, and plan the rest")
    assert "2 control planes (cp1, cp2) stand no more losses than 1" in said
    assert "set kubernetes_endpoint" in said and "kube-vip needs the address that it moves" in said


def test_an_option_that_is_wrong_is_said_before_a_host_is_looked_at(tmp_path):
    task, said = refusal(tmp_path, kubernetes_version="1.33.2", kubernetes_runtime="docker")
    assert "Validating arguments" in task and "kubernetes_runtime" in said
