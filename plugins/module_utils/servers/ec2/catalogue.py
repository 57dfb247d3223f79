# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EC2 offers: availability zones by region, instance types, images. Only what is asked for is looked up."""

from __future__ import annotations

from ..base import Store
from ..catalogue import IMAGE


class Zones(Store):
    """The availability zones of every region of the options."""

    def read(self):
        """One call a region."""
        found = self.driver.everywhere(
            lambda region: self.driver.aws.call("ec2", region, "describe_availability_zones")["AvailabilityZones"]
        )
        return [
            {"name": zone["ZoneName"], "metro": region, "id": zone.get("ZoneId"), "title": zone.get("ZoneType")}
            for region, zones in found.items()
            for zone in zones
        ]


class Types(Store):
    """Instance types of the first region."""

    def read(self, names=None):
        """All pages, or those of these names."""
        asked = {"Filters": [{"Name": "instance-type", "Values": sorted(names)}]} if names else {"MaxResults": 100}
        region = self.driver.regions()[0]
        for kind in self.driver.aws.pages("ec2", region, "describe_instance_types", "InstanceTypes", **asked):
            row = {"name": kind["InstanceType"], "cpus": kind.get("VCpuInfo", {}).get("DefaultVCpus")}
            row["memory"] = kind.get("MemoryInfo", {}).get("SizeInMiB")
            row["disk"] = kind.get("InstanceStorageInfo", {}).get("TotalSizeInGB")
            row["architecture"] = (kind.get("ProcessorInfo", {}).get("SupportedArchitectures") or [None])[0]
            yield {name: value for name, value in row.items() if value is not None}


class Images(Store):
    """Images by id, or by name: the newest whose name fits the pattern, of owners that are trusted."""

    UNLISTED = "name it by its AMI id, or as one of those of ec2.image_owners is called, in a region of ec2.regions"

    def read(self):
        """Those of the option names; else this account's own in the first region: all would be many thousands."""
        names = self.params.get("names")
        if names:
            found = self.driver.known(IMAGE, names)
            return [found[name] for name in names if name in found]
        region = self.driver.regions()[0]
        found = self.driver.aws.pages("ec2", region, "describe_images", "Images", Owners=["self"])
        return [image_row(one, one["ImageId"]) for one in found]


def image_row(image, word):
    """An image as a row of the catalogue, under the word that declarations use."""
    row = {"name": word, "title": image.get("Name"), "id": image["ImageId"]}
    row["end_of_life"] = (image.get("DeprecationTime") or "")[:10] or None
    return {name: value for name, value in row.items() if value is not None}


def find_image(driver, region, word):
    """The image that a word means in a region, as the API tells it, or None."""
    if word.startswith("resolve:ssm:"):
        return {"ImageId": word}  # RunInstances looks it up in the parameter store
    if word.startswith("ami-"):
        asked = {"Filters": [{"Name": "image-id", "Values": [word]}]}
    else:
        owner, name = word.split("/", 1) if "/" in word else (None, word)
        filters = [{"Name": "name", "Values": [name]}, {"Name": "state", "Values": ["available"]}]
        asked = {"Owners": [owner] if owner else driver.image_owners, "Filters": filters}
    found = list(driver.aws.pages("ec2", region, "describe_images", "Images", **asked))
    return max(found, key=lambda image: image.get("CreationDate") or "", default=None)
