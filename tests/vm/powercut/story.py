# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The story that the power cut interrupts, as both sides know it: the guest, which lives it, and the host,
which checks afterwards how far it went.

The guest announces each step with a mark before and after it, in a place of the disk that no file system uses.
A mark is "begin|done INSTANCE WHAT ACTION", WHAT being a generation, from which follows every byte of the
spec, or "absent". For the game, WHAT is the version that `installation/current` names. For an overlay, it is the
generation that all files of its current version have. For the cache of the Workshop, it is "whole": each of its files
is of some generation and has that one's time. For a queued restart, the generation is in its deadline; for one after a build, WHAT is "queued" or "absent".
"""

import io
import json
import tarfile
from collections import Counter
from functools import lru_cache

ABSENT = "absent"
FILLER = 180

# Instances, and which program verb changes them. "sloppy" is not an instance but a file that is replaced without
# being flushed to disk first: the wrong way, to see that this would be noticed.
SET = "set"
LIVES = ("life-1", "life-2", "life-3")
MOUNTED = "mounted"
SLOPPY = "sloppy"
GAME = "game"
OVERLAY = "overlay"
BUILT = "built"
RELEASED = "released"
SUBSCRIBED = "subscribed"
# The directories of the overlays: one that l4d2ctl changes, and one for each kind that a job builds.
STORES = {OVERLAY: "pack", BUILT: "built", RELEASED: "released", SUBSCRIBED: "subscribed"}
CACHE = "cache"
WHOLE = "whole"
ITEMS = (11, 12, 13)
OVERLAY_FILES = ("left4dead2/a.cfg", "left4dead2/b.cfg", "left4dead2/addons/c.vpk")
# The record of a release, which its job writes beside its files.
RECORD = ".left4me-release"
# A restart of SET that is queued, and one of MOUNTED that waits for the build of the overlay SLOW.
WISH = "wish"
AFTER_BUILD = "after-build"
QUEUED = "queued"
SLOW = "slow"

# Actions that are completed in each boot of a tale before the power is cut.
SURE = {
    "servers": ("unpack", "collect_overlay", "queue", "cancel", "queue_build"),
    "game": ("collect_game", "install", "build_release", "build_subscribed"),
    "sloppy": (),
}

# At how many places during a step the power is cut in hindsight, if not at one.
DURING = {"collect_game": 6}

# Versions of the game that are there from the beginning, with so many empty files more, which a removal takes longer for.
COLLECTED = ("1", "2", "3")
MANY = 300

PASSWORD = "power-cut-password"

# Entries of the control plane's directories.
PORTS = {SET: 27020, "life-1": 27071, "life-2": 27072, "life-3": 27073, MOUNTED: 27065, SLOPPY: 27099}


def port(instance, generation):
    return PORTS[instance] + (generation % 40 if instance == SET else 0)


def spec(instance, generation):
    """The text of a spec, of several blocks of the disk. Of SET only the port ever changes."""
    told = 0 if instance == SET else generation
    lines = [
        f"# Written by the power cut test, generation {told}",
        f"port: {port(instance, generation)}",
        f"overlays: [base{', slow' if instance == MOUNTED else ''}]",
        'arguments: ["-tickrate", "100", "+map", "c1m1_hotel versus"]',
        "config:",
        f"  - 'hostname \"{instance} {told}\"'",
    ]
    lines += [f"  - 'sm_filler_{i} {told} {'x' * 32}'" for i in range(FILLER)]
    lines += [f"rcon_password: {PASSWORD}", "autostart: true", ""]
    return "\n".join(lines)


def overlay_text(generation):
    """Each file of the overlay: several blocks of the disk."""
    return f"// written by the power cut test, generation {generation}\n" * 400


@lru_cache(1)
def archive(generation):
    """The archive of a release: the files of the overlay. The first of its blocks says which generation it is."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in OVERLAY_FILES:
            member = tarfile.TarInfo(name)
            member.uname = f"generation {generation}"
            data = overlay_text(generation).encode()
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def deadline(generation):
    """When the server restarts at the latest, in seconds: in a hundred years."""
    return 4900000000 + generation


def wish_generation(text):
    """The generation of the file of a queued restart; None if it is not whole."""
    try:
        wish = json.loads(text)
        return str(wish["deadline_usec"] // 1000000 - deadline(0)) if wish["invocation_id"] else None
    except (ValueError, KeyError, TypeError):
        return None


def is_after_build(text):
    """Whether the file of a restart after the build of SLOW is whole."""
    try:
        return json.loads(text)["overlay"] == SLOW
    except (ValueError, KeyError, TypeError):
        return False


def item_time(generation):
    """When the Workshop got this generation of its items."""
    return 1600000000 + generation


@lru_cache(len(ITEMS) * 8)
def item_data(item, generation):
    """A file of the Workshop: the head of a VPK, then lines that are all different."""
    lines = (f"item {item} generation {generation} line {i} {'x' * 80}\n" for i in range(8000))
    return b"\x34\x12\xaa\x55\x01\0\0\0" + "".join(lines).encode()


def item_generation(updated):
    return updated - item_time(0)


def version(name, generation):
    """The files of an overlay's version."""
    if name == SUBSCRIBED:
        return {f"left4dead2/addons/{item}.vpk": item_data(item, generation) for item in ITEMS}
    return {file: overlay_text(generation).encode() for file in OVERLAY_FILES}


class Progress:
    """What each instance may look like, given the marks seen so far."""

    def __init__(self, states):
        self.states = {name: {state} for name, state in states.items()}
        # A boot forgets queued restarts, before the first mark.
        for name in {WISH, AFTER_BUILD} & set(states):
            self.states[name].add(ABSENT)
        self.done = Counter()
        self.results = {}

    def see(self, mark):
        word, instance, what, action = mark.split(" ")
        self.results[instance, what] = action
        if word == "begin":
            self.states.setdefault(instance, {ABSENT}).add(what)
        else:
            self.states[instance] = {what}
            self.done[action] += 1
