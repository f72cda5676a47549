# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The story that the power cut interrupts, as both sides know it: the guest, which lives it, and the host,
which checks afterwards how far it went.

The guest announces each step with a mark before and after it, in a place of the disk that no file system uses.
A mark is "begin|done INSTANCE WHAT ACTION", WHAT being a generation, from which follows every byte of the
spec, or "absent". For the game, WHAT is the version that `installation/current` names. For an overlay, it is the
generation that all files of its current version have. For the cache of the Workshop, it is "whole": each of its files
is of some generation and has that one's time.
"""

from collections import Counter

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
# The directories of the overlays: one that l4d2ctl changes, one that a job builds.
STORES = {OVERLAY: "pack", BUILT: "built"}
CACHE = "cache"
WHOLE = "whole"
ITEMS = (11, 12, 13)
OVERLAY_FILES = ("left4dead2/a.cfg", "left4dead2/b.cfg", "left4dead2/addons/c.vpk")

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
        "overlays: [base]",
        'arguments: ["-tickrate", "100", "+map", "c1m1_hotel versus"]',
        "config:",
        f"  - 'hostname \"{instance} {told}\"'",
    ]
    lines += [f"  - 'sm_filler_{i} {told} {'x' * 32}'" for i in range(FILLER)]
    lines += ["rcon_password: power-cut-password", "autostart: true", ""]
    return "\n".join(lines)


def overlay_text(generation):
    """Each file of the overlay: several blocks of the disk."""
    return f"// written by the power cut test, generation {generation}\n" * 400


def item_time(generation):
    """When the Workshop got this generation of its items."""
    return 1600000000 + generation


def item_data(item, generation):
    """A file of the Workshop: the head of a VPK, then lines that are all different."""
    lines = (f"item {item} generation {generation} line {i} {'x' * 80}\n" for i in range(8000))
    return b"\x34\x12\xaa\x55\x01\0\0\0" + "".join(lines).encode()


def item_generation(updated):
    return updated - item_time(0)


class Progress:
    """What each instance may look like, given the marks seen so far."""

    def __init__(self, states):
        self.states = {name: {state} for name, state in states.items()}
        self.done = Counter()

    def see(self, mark):
        word, instance, what, action = mark.split(" ")
        if word == "begin":
            self.states.setdefault(instance, {ABSENT}).add(what)
        else:
            self.states[instance] = {what}
            self.done[action] += 1

    def copy(self):
        other = Progress({})
        other.states = {name: set(states) for name, states in self.states.items()}
        other.done = self.done.copy()
        return other
