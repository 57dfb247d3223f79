# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator of Packet's API is as good as it can be shown to be: the official clients work with it, end to end, and
each exchange satisfies the published OpenAPI document (where that lies beside the checkout)."""

from __future__ import annotations

import equinix_metal
import packet
import packet.baseapi
import pytest
import requests
from equinix_metal.rest import ApiException
from fakes.packet import PacketAPI
from fakes.packet.check import DOCUMENT, Checker
from packet_raw import IMAGE, KEYS, PLAN, until


@pytest.fixture(scope="module")
def checker():
    """Sees every exchange of this file; none may differ from the document."""
    if not DOCUMENT.exists():
        yield None
        return
    found = Checker()
    yield found
    assert found.problems == [], "\n".join(found.problems)


@pytest.fixture
def api(checker):
    """A simulator, its exchanges checked."""
    with PacketAPI(check=checker) as made:
        yield made


@pytest.fixture
def old(api, monkeypatch):
    """Packet's own client of its day, which knows one address only; its requests are sent to the simulator."""
    ask = requests.Session.request

    def redirected(session, method, url, **more):
        return ask(session, method, url.replace("https://api.packet.net", api.url), **more)

    monkeypatch.setattr(requests.Session, "request", redirected)
    return packet.Manager(auth_token=api.token)


def test_the_document_is_there_or_it_is_said(checker):
    if checker is None:
        pytest.skip("the OpenAPI document is not beside this checkout (%s)" % DOCUMENT)


def test_packet_python_devices(api, old):
    assert {one.code for one in old.list_facilities()} >= {"sjc1", "ewr1"} and len(old.list_metros()) == 4
    assert PLAN in {one.slug for one in old.list_plans()}
    assert IMAGE in {one.slug for one in old.list_operating_systems()}
    project = old.create_project("old")
    made = [old.create_device(project.id, "web%02d" % i, PLAN, "sjc1", IMAGE) for i in range(12)]
    assert made[0].state == "queued"
    until(lambda: old.get_device(made[0].id).state == "active")
    assert sorted(one.hostname for one in old.list_all_devices(project.id)) == ["web%02d" % i for i in range(12)]
    assert len(old.list_devices(project.id, params={"per_page": 5, "page": 3})) == 2
    device = old.get_device(made[0].id)
    device.hostname, device.locked = "front", True
    device.update()
    assert old.get_device(device.id).hostname == "front"
    with pytest.raises(packet.baseapi.Error, match="locked"):
        device.delete()
    device.locked = False
    device.update()
    device.power_off()
    until(lambda: old.get_device(device.id).state == "inactive")
    device.power_on()
    until(lambda: old.get_device(device.id).state == "active")
    device.reboot()
    until(lambda: old.get_device(device.id).state == "active")
    assert old.list_device_events(device.id)
    device.delete()
    until(lambda: device.id not in api.there())


def test_packet_python_the_things_around(api, old):
    key = old.create_ssh_key("alice", KEYS[0])
    with pytest.raises(packet.baseapi.Error, match="taken"):
        old.create_ssh_key("again", KEYS[0])
    key.label = "renamed"
    key.update()
    assert [one.label for one in old.list_ssh_keys()] == ["renamed"]
    assert old.create_project_ssh_key(api.project, "bob", KEYS[1]).fingerprint
    assert old.validate_capacity([("sjc1", PLAN, 5)]) and not old.validate_capacity([("sjc1", PLAN, 5000)])
    assert old.validate_metro_capacity([("sv", PLAN, 5)])
    device = old.create_device(api.project, "one", PLAN, "sjc1", IMAGE)
    until(lambda: api.devices[device.id]["state"] == "active" or old.get_device(device.id))
    block = old.reserve_ip_address(api.project, "public_ipv4", 4, "sjc1", tags=["front"])
    given = old.create_device_ip(device.id, "%s/32" % block.address)
    listed = {one.id: one.management for one in old.list_device_ips(device.id)}
    assert len(listed) == 4 and listed.pop(given.id) is False and set(listed.values()) == {True}
    old.delete_ip(given.id)
    old.delete_ip(block.id)
    own = {(one.cidr, one.management) for one in old.list_project_ips(api.project)}
    assert own == {(25, True), (56, True)} and api.ips == {}  # a project's own blocks stay
    assert old.get_spot_market_prices()["sjc1"][PLAN]["price"] > 0
    vlan = old.create_vlan(api.project, "sjc1", vxlan=1100)
    assert [one.vxlan for one in old.list_vlans(api.project)] == [1100] and vlan.vxlan == 1100
    old.enable_project_bgp_config(api.project, asn=65000, deployment_type="local", md5="Abcdef12345")
    assert old.get_bgp_config(api.project).asn == 65000
    old.create_bgp_session(device.id, "ipv4")
    assert len(old.get_bgp_sessions(device.id)) == 1
    batch = {"hostname": "node{{index}}", "quantity": 2, "facility": "ewr1", "plan": PLAN, "operating_system": IMAGE}
    old.create_batch(api.project, [batch])
    until(lambda: len(old.list_devices(api.project)) == 3)
    assert {one.hostname for one in old.list_devices(api.project)} == {"one", "node01", "node02"}


def test_packet_python_hardware_and_ports(api, old):
    organization = old.list_organizations()[0]
    assert [one.name for one in old.list_organization_projects(organization.id)] == ["shop"]
    reserved = api.reserve(PLAN, "sjc1")
    body = {"hardware_reservation_id": "next-available", "customdata": {"a": 1}, "tags": ["x"]}
    device = old.create_device(api.project, "one", PLAN, "sjc1", IMAGE, **body)
    until(lambda: old.get_device(device.id).state == "active")
    assert [one.id for one in old.list_organization_devices(organization.id)] == [device.id]
    found = old.list_hardware_reservations(api.project)[0]
    assert (found.id, found.device.id, found.provisionable, found.project.name) == (reserved, device.id, False, "shop")
    device.rescue()
    until(lambda: old.get_device(device.id).state == "active")
    device.reinstall(operating_system="debian_13")
    until(lambda: old.get_device(device.id).state == "active")
    events = old.list_device_events(device.id)
    assert old.get_event(events[0].id).type == events[0].type and old.list_project_events(api.project)
    assert {"instance.rescue", "instance.reinstall"} <= {one.type for one in events}
    bond = device.network_ports[0]["id"]
    vlans = [old.create_vlan(api.project, metro="sv", vxlan=number) for number in (1300, 1301)]
    for vlan in vlans:
        old.assign_port(bond, vlan.id)
    old.assign_native_vlan(bond, vlans[0].id)
    kind = lambda: old.get_device(device.id).network_ports[0]["network_type"]  # noqa: E731
    assert kind() == "hybrid-bonded"
    old.remove_native_vlan(bond)
    for vlan in vlans:
        old.remove_port(bond, vlan.id)
        vlan.delete()
    old.disbond_ports(bond, True)
    assert kind() == "layer2-individual"
    old.bond_ports(bond, True)
    old.convert_layer_3(bond, [{"address_family": 4, "public": False}])
    assert kind() == "layer3" and len(old.list_device_ips(device.id)) == 1
    device.delete()
    until(lambda: device.id not in api.there())
    assert old.get_hardware_reservation(reserved).provisionable


@pytest.fixture
def new(api):
    """Equinix Metal's own generated client."""
    configuration = equinix_metal.Configuration(host=api.url)
    configuration.api_key["x_auth_token"] = api.token
    with equinix_metal.ApiClient(configuration) as client:
        yield client


def test_equinix_metal_devices(api, new):
    devices = equinix_metal.DevicesApi(new)
    wanted = equinix_metal.DeviceCreateInMetroInput(
        metro="sv", plan=PLAN, operating_system=IMAGE, hostname="one", tags=["x"]
    )
    made = devices.create_device(api.project, equinix_metal.CreateDeviceRequest(wanted))
    until(lambda: devices.find_device_by_id(made.id).state == "active")
    more = [equinix_metal.CreateDeviceRequest(wanted.model_copy(update={"hostname": "n%d" % i})) for i in range(11)]
    for one in more:
        devices.create_device(api.project, one)
    first = devices.find_project_devices(api.project)
    assert len(first.devices) == 10 and first.meta.total == 12 and first.meta.last_page == 2
    assert len(devices.find_project_devices_all_pages(api.project).devices) == 12
    assert len(devices.find_project_devices(api.project, hostname="n1").devices) == 2
    shown = devices.find_device_by_id(made.id, include=["plan", "facility", "metro", "operating_system"])
    assert (shown.plan.slug, shown.metro.code, shown.operating_system.slug) == (PLAN, "sv", IMAGE)
    devices.update_device(made.id, equinix_metal.DeviceUpdateInput(locked=True, tags=["y"]))
    with pytest.raises(ApiException, match="locked"):
        devices.delete_device(made.id)
    devices.update_device(made.id, equinix_metal.DeviceUpdateInput(locked=False))
    devices.perform_action(made.id, equinix_metal.DeviceActionInput(type="reinstall", operating_system="debian_13"))
    until(lambda: devices.find_device_by_id(made.id).state == "active")
    assert equinix_metal.EventsApi(new).find_device_events(made.id).events
    devices.delete_device(made.id)
    until(lambda: made.id not in api.there())


def test_equinix_metal_the_things_around(api, new):
    projects, keys = equinix_metal.ProjectsApi(new), equinix_metal.SSHKeysApi(new)
    made = projects.create_project(equinix_metal.ProjectCreateFromRootInput(name="new"))
    assert {one.name for one in projects.find_projects().projects} == {"shop", "new"}
    key = keys.create_project_ssh_key(made.id, equinix_metal.SSHKeyCreateInput(label="a", key=KEYS[0]))
    assert [one.id for one in keys.find_project_ssh_keys(made.id).ssh_keys] == [key.id]
    capacity = equinix_metal.CapacityApi(new)
    asked = equinix_metal.CapacityInput(servers=[equinix_metal.ServerInfo(metro="sv", plan=PLAN, quantity="3")])
    assert capacity.check_capacity_for_metro(asked).servers[0].available
    made = equinix_metal.DeviceCreateInMetroInput(metro="sv", plan=PLAN, operating_system=IMAGE, hostname="one")
    device = equinix_metal.DevicesApi(new).create_device(api.project, equinix_metal.CreateDeviceRequest(made)).id
    addresses = equinix_metal.IPAddressesApi(new)
    wanted = equinix_metal.IPReservationRequestInput(quantity=1, type="public_ipv4", metro="sv")
    request = equinix_metal.RequestIPReservationRequest(wanted)
    block = addresses.request_ip_reservation(api.project, request).actual_instance
    assert len(addresses.find_ip_availabilities(block.id, "32").available) == 1
    given = equinix_metal.IPAssignmentInput(address="%s/32" % block.address)
    equinix_metal.DevicesApi(new).create_ip_assignment(device, given)
    wanted = equinix_metal.IPReservationRequestInput(quantity=8, type="public_ipv4", metro="sv")
    request = equinix_metal.RequestIPReservationRequest(wanted)
    eight = addresses.request_ip_reservation(api.project, request).actual_instance
    first, second = addresses.find_ip_availabilities(eight.id, "30").available
    part = equinix_metal.DevicesApi(new).create_ip_assignment(device, equinix_metal.IPAssignmentInput(address=second))
    assert (part.cidr, part.parent_block.network) == (30, eight.network)
    assert addresses.find_ip_availabilities(eight.id, "30").available == [first]
    addresses.delete_ip_address(part.id)
    assert len(addresses.find_ip_availabilities(eight.id, "30").available) == 2
    vlans = equinix_metal.VLANsApi(new)
    net = vlans.create_virtual_network(api.project, equinix_metal.VirtualNetworkCreateInput(metro="sv", vxlan=1200))
    assert vlans.find_virtual_networks(api.project).virtual_networks[0].id == net.id
    bgp = equinix_metal.BGPApi(new)
    bgp.request_bgp_config(api.project, equinix_metal.BgpConfigRequestInput(asn=65000, deployment_type="local"))
    equinix_metal.DevicesApi(new).create_bgp_session(device, equinix_metal.BGPSessionInput(address_family="ipv4"))
    assert bgp.find_project_bgp_sessions(api.project).bgp_sessions[0].status == "unknown"


def test_equinix_metal_hardware_market_and_ports(api, new):
    reservations = equinix_metal.HardwareReservationsApi(new)
    spare = api.reserve(PLAN, "sjc1", spare=True)
    assert reservations.activate_hardware_reservation(spare).provisionable
    devices = equinix_metal.DevicesApi(new)
    wanted = equinix_metal.DeviceCreateInMetroInput(
        metro="sv", plan=PLAN, operating_system=IMAGE, hostname="one", hardware_reservation_id=spare
    )
    device = devices.create_device(api.project, equinix_metal.CreateDeviceRequest(wanted))
    until(lambda: devices.find_device_by_id(device.id).state == "active")
    found = reservations.find_project_hardware_reservations(api.project, include=["device"]).hardware_reservations
    assert [one.device.hostname for one in found] == ["one"]
    assert devices.find_device_metadata_by_id(device.id).hostname == "one"
    ports, vlans = equinix_metal.PortsApi(new), equinix_metal.VLANsApi(new)
    bond = device.network_ports[0].id
    nets = [
        vlans.create_virtual_network(api.project, equinix_metal.VirtualNetworkCreateInput(metro="sv", vxlan=number))
        for number in (1400, 1401)
    ]
    rows = [{"vlan": str(net.vxlan), "state": "assigned", "native": net is nets[1]} for net in nets]
    asked = equinix_metal.PortVlanAssignmentBatchCreateInput.from_dict({"vlan_assignments": rows})
    batch = ports.create_port_vlan_assignment_batch(bond, asked)
    look = ports.find_port_vlan_assignment_batch_by_port_id_and_batch_id
    until(lambda: look(bond, batch.id).state == "completed")
    listed = ports.find_port_vlan_assignments(bond).vlan_assignments
    assert {one.vlan: one.native for one in listed} == {1400: False, 1401: True}
    for net in nets:
        ports.unassign_port(bond, equinix_metal.PortAssignInput(vnid=net.id))
    assert ports.convert_layer2(bond, equinix_metal.PortAssignInput()).network_type == "layer2-bonded"
    assert ports.disbond_port(bond, bulk_disable=True).network_type == "layer2-individual"
    ports.bond_port(bond, bulk_enable=True)
    assert ports.convert_layer3(bond).network_type == "layer3"
    market = equinix_metal.SpotMarketApi(new)
    parameters = {"plan": PLAN, "operating_system": IMAGE, "hostname": "spot"}
    body = {"devices_min": 1, "devices_max": 2, "max_bid_price": 0.5, "metro": "ny", "instance_parameters": parameters}
    asked = equinix_metal.SpotMarketRequestCreateInput.from_dict(body)
    request = market.create_spot_market_request(api.project, asked)
    until(lambda: devices.find_project_devices(api.project, type="spot").meta.total == 2)
    market.delete_spot_market_request(request.id, force_termination=True)
    until(lambda: devices.find_project_devices(api.project, type="spot").meta.total == 0)


def test_equinix_metal_batches():
    """Not held to the document, which forbids what the generated model wants: a metro and a facility at once."""
    with PacketAPI() as api:
        configuration = equinix_metal.Configuration(host=api.url + "/metal/v1")
        configuration.api_key["x_auth_token"] = api.token
        with equinix_metal.ApiClient(configuration) as client:
            batches, devices = equinix_metal.BatchesApi(client), equinix_metal.DevicesApi(client)
            body = {"hostnames": ["a", "b"], "metro": "sv", "facility": ["sjc1"], "plan": PLAN}
            row = equinix_metal.InstancesBatchCreateInputBatchesInner.from_dict(dict(body, operating_system=IMAGE))
            asked = equinix_metal.InstancesBatchCreateInput(batches=[row])
            one = batches.create_device_batch(api.project, asked).batches[0]
            until(lambda: batches.find_batch_by_id(one.id).state == "completed")
            assert {d.hostname for d in devices.find_project_devices(api.project).devices} == {"a", "b"}
            assert [found.id for found in batches.find_batches_by_project(api.project).batches] == [one.id]
            batches.delete_batch(one.id, remove_associated_instances=True)
            until(lambda: api.there() == {})
