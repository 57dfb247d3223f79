# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a replacement has taken apart, noted on the engine until it is whole again: in the labels of a volume, which
costs nothing and needs no image."""

from __future__ import annotations

import json

from ..core.errors import NotFound
from .forms import OURS

NOTE = ".rackwright-%s-"  # in the name of a note's volume, between the thing's name and a number


class Notes:
    """Notes about things of one kind. client: a clients.docker.DockerClient. word: what tells them from those of other
    kinds, and stands in their names."""

    def __init__(self, client, word="note"):
        self.client, self.word, self.known = client, word, {}

    def read(self):
        """What is noted, {thing's name: its notes, the oldest first}; each with `was` and `ends`."""
        answer = self.client.call("volumes", {"label": OURS["note"]})
        found = {}
        for volume in answer.get("Volumes") or ():
            note = json.loads(volume["Labels"][OURS["note"]])
            if note["word"] == self.word:
                found.setdefault(note["name"], []).append(dict(note, volume=volume["Name"]))
        self.known = {name: sorted(notes, key=lambda note: note["number"]) for name, notes in found.items()}
        return self.known

    def ends(self, name):
        """All that was taken from a thing, {whose: what}; the newest note counts."""
        ends = {}
        for note in self.known.get(name, ()):
            ends.update(note["ends"])
        return ends

    def was(self, name):
        """What a thing was before it was taken apart; None where nothing is noted."""
        return self.known[name][-1]["was"] if name in self.known else None

    def take(self, name, was, ends):
        """Write down what is about to be taken apart: what it was, and what hangs on it."""
        earlier = self.known.get(name, [])
        number = earlier[-1]["number"] + 1 if earlier else 1
        note = {"word": self.word, "name": name, "was": was, "ends": ends, "number": number}
        volume = name + NOTE % self.word + str(number)
        labels = {OURS["note"]: json.dumps(note, sort_keys=True)}
        self.client.post("/volumes/create", {"Name": volume, "Labels": labels})
        self.known[name] = [*earlier, dict(note, volume=volume)]

    def forget(self, name):
        """Everything is as it shall be: the notes go, the newest last."""
        for note in self.known.pop(name, ()):
            try:
                self.client.call("remove_volume", note["volume"], write=True)
            except NotFound:
                pass
