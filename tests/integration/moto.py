# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto: Amazon's API as moto's authors imitate it (it is no Amazon), as a process of the test that wants it."""

from __future__ import annotations

import atexit
import datetime
import functools
import gzip
import importlib.metadata
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import boto3
import requests
from ansible_collections.rackwright.platform.plugins.module_utils.servers import lifetimes
from integration.powerdns import free_port, owns_listener

PATIENCE = 60  # seconds to start
KEY = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}


@functools.cache
def images_of_today():
    """The path of a file with the images that Amazon offers in one region: moto makes all of its anew at each reset."""
    packed = importlib.metadata.distribution("moto").locate_file("moto/ec2/resources/latest_amis/us-east-1.json.gz")
    handle, path = tempfile.mkstemp(prefix="rackwright-moto-", suffix=".json")
    atexit.register(os.unlink, path)
    with open(handle, "wb") as stream:
        stream.write(gzip.decompress(pathlib.Path(packed).read_bytes()))
    return path


class Moto:
    """A server of its own on a free port; `client(service)` asks it past everything of ours."""

    def __init__(self):
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        program = str(pathlib.Path(sys.executable).with_name("moto_server"))
        self.process = subprocess.Popen(
            [program, "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, MOTO_AMIS_PATH=images_of_today()),
        )

    def __enter__(self):
        end = time.monotonic() + PATIENCE
        while not owns_listener(self.process.pid, self.port):
            assert self.process.poll() is None and time.monotonic() < end, "moto_server does not start"
            time.sleep(0.1)
        return self

    def __exit__(self, *_error):
        self.process.kill()
        self.process.wait()

    def client(self, service="ec2", region="us-east-1"):
        """boto3's own client for it."""
        return boto3.client(service, region_name=region, endpoint_url=self.url, **KEY)

    @functools.cached_property
    def images(self):
        """The ids of images that a server may have, asked for once."""
        found = self.client().describe_images(Owners=["amazon"])["Images"]
        return sorted(one["ImageId"] for one in found if one["Architecture"] == "x86_64" and is_alive(one))

    def reset(self):
        """Forget everything."""
        requests.post(self.url + "/moto-api/reset", timeout=60).raise_for_status()


def is_alive(image):
    """Whether an image's name tells of no system that gets no updates any more: such are refused."""
    told = lifetimes.completed({"name": image.get("Name") or ""})
    return (told.get("end_of_life") or "9999") > datetime.date.today().isoformat()
