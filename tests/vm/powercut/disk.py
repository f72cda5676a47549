# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Reading the state directory out of a disk image, as the next boot would find it, without mounting it:
by e2fsprogs, after the journal of the file system was replayed. The image is changed by that, until it is undone.
"""

import json
import os
import re
import shutil
import subprocess

import story

STATE = "/var/lib/left4me"
# Installed by steamcmd's double.
STANDIN = "/usr/lib/left4me-build/standin/i386"
# The superblock is the second kilobyte of a file system.
SUPERBLOCK_END = 2048


def _run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def replay_journal(image, undo):
    """Returns the superblock. That and the file `undo` are what undo_replay() needs."""
    if os.path.exists(undo):
        os.remove(undo)
    with open(image, "rb") as file:
        superblock = file.read(SUPERBLOCK_END)
    result = _run("e2fsck", "-y", "-z", undo, "-E", "journal_only", image)
    # 0: nothing to do, 1: corrected
    if result.returncode > 1:
        raise RuntimeError(f"the journal of the file system can't be replayed:\n{result.stdout}")
    return superblock


def undo_replay(image, undo, superblock):
    """Makes the image again what it was before replay_journal()."""
    # -f: the program compares the superblock with the one that the replay began with.
    result = _run("e2undo", "-f", undo, image)
    if result.returncode:
        raise RuntimeError(f"the replay of the journal can't be undone:\n{result.stdout}")
    # e2undo leaves some fields of it changed.
    with open(image, "r+b") as file:
        file.write(superblock)


def extract(image, directory):
    """
    Copies instances/, installation/, the overlays, the cache, what the job of a release had downloaded, the sloppy file
    and the stand-in into the directory, emptied first.
    """
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    requests = os.path.join(directory, "requests")
    with open(requests, "w", encoding="utf-8") as file:
        stores = " ".join(f"{STATE}/overlays/{store}" for store in story.STORES.values())
        file.write(f"rdump {STATE}/instances {STATE}/installation {STATE}/workshop_cache {stores} {STANDIN} {directory}\n")
        # Not beside the others, because one that is missing ends the command.
        file.write(f"rdump {STATE}/jobs/{story.STORES[story.RELEASED]}/out {directory}\n")
        file.write(f"dump {STATE}/sloppy {directory}/sloppy\n")
    _run("debugfs", "-f", requests, image)


def tree(directory):
    """What is in a directory: the target of a symlink, the bytes of a file."""
    found = {}
    for parent, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(parent, name)
            if os.path.islink(path):
                found[os.path.relpath(path, directory)] = os.readlink(path)
            else:
                with open(path, "rb") as file:
                    found[os.path.relpath(path, directory)] = file.read()
    return found


def identify(instance, text, candidates):
    """Which of the candidate states the text of a spec is, None being no file; None if none of them."""
    if text is None:
        return story.ABSENT
    for generation in sorted(candidates - {story.ABSENT}):
        if text == story.spec(instance, int(generation)).encode():
            return generation
    return None


class State:
    """What was found in an extracted directory."""

    def __init__(self, directory):
        self.texts = {}
        self.wish = self.after_build = story.ABSENT
        self.leftovers = []
        self.unknown = []
        instances = os.path.join(directory, "instances")
        if not os.path.isdir(instances):
            raise RuntimeError("the instances directory is missing")
        for name in os.listdir(instances):
            path = os.path.join(instances, name)
            if name in story.PORTS and os.path.isdir(path):
                self._read_instance(name, path)
            else:
                self.unknown.append(name)
        self._read(story.SLOPPY, os.path.join(directory, story.SLOPPY))
        self.version, self.damaged = self._read_game(directory)
        self.torn_items, self.torn_parts = self._read_cache(os.path.join(directory, "workshop_cache"))
        self.torn_parts += self._count_torn_releases(os.path.join(directory, "out"))
        self.overlays = {name: self._read_overlay(name, os.path.join(directory, store)) for name, store in story.STORES.items()}

    @staticmethod
    def _read_game(directory):
        """The version that `current` names, None if there is none; and which files of any version are not whole."""
        installation = os.path.join(directory, "installation")
        wanted = tree(os.path.join(directory, os.path.basename(STANDIN)))
        if not wanted:
            raise RuntimeError("the stand-in is missing")
        try:
            target = os.readlink(os.path.join(installation, "current"))
        except OSError:
            return None, []
        versions = os.path.join(installation, "versions")
        damaged = []
        for version in sorted({*os.listdir(versions), os.path.basename(target)}):
            got = tree(os.path.join(versions, version))
            whole = dict(wanted)
            if version in story.COLLECTED:
                whole |= {f"many/{i}": b"" for i in range(1, story.MANY + 1)}
            bad = [name for name in sorted(whole) if got.get(name) != whole[name]]
            damaged += [f"{version}/{name}" for name in bad[:5]] + [f"{version}: {len(bad)} files"] * bool(bad)
        return os.path.basename(target), damaged

    @staticmethod
    def _read_cache(cache):
        """The files of items that are not those of one generation, and how many temporary files lack bytes."""
        torn, torn_parts = [], 0
        for name in os.listdir(cache) if os.path.isdir(cache) else []:
            item, *rest = name.split(".")
            path = os.path.join(cache, name)
            with open(path, "rb") as file:
                data = file.read()
            if rest == ["vpk"]:
                generation = story.item_generation(int(os.stat(path).st_mtime))
                if data != story.item_data(item, generation):
                    torn.append(name)
            elif rest and rest[-1] == "part":
                whole = story.item_data(item, story.item_generation(int(rest[0])))
                torn_parts += not whole.startswith(data)
        return sorted(torn), torn_parts

    @staticmethod
    def _count_torn_releases(directory):
        """How many archives that were arriving lack bytes."""
        torn = 0
        for name in os.listdir(directory) if os.path.isdir(directory) else []:
            if name.startswith("release.part-"):
                with open(os.path.join(directory, name), "rb") as file:
                    data = file.read()
                generation = re.search(rb"generation (\d+)", data)
                torn += data != b"" and not (generation and story.archive(int(generation[1])).startswith(data))
        return torn

    @staticmethod
    def _read_version(name, directory):
        """The generation of a version, and whether it is whole."""
        files = tree(directory)
        if name == story.RELEASED:
            record = files.pop(story.RECORD, b"")
            try:
                listed = json.loads(record)["files"]
            except (ValueError, KeyError):
                return None, False
            if sorted(listed) != sorted(story.OVERLAY_FILES):
                return None, False
        found = re.search(rb"generation (\d+)", files.get(min(files, default=""), b"")[:1000])
        generation = found[1].decode() if found else None
        return generation, generation is not None and files == story.version(name, int(generation))

    @staticmethod
    def _read_overlay(name, store):
        """The generation of the current version, "absent" if there is none; and the versions that are not whole."""
        generations, torn = {}, []
        versions = os.path.join(store, "versions")
        for version in os.listdir(versions) if os.path.isdir(versions) else []:
            generation, is_whole = State._read_version(name, os.path.join(versions, version))
            generations[f"versions/{version}"] = generation
            if not is_whole:
                torn.append(version)
        try:
            current = os.readlink(os.path.join(store, "current"))
        except OSError:
            return story.ABSENT, torn
        return generations.get(current), torn

    def _read_instance(self, name, path):
        for file in os.listdir(path):
            if file == "spec.yaml":
                self._read(name, os.path.join(path, file))
            elif (name, file) == (story.SET, "restart.json"):
                with open(os.path.join(path, file), "rb") as opened:
                    self.wish = story.wish_generation(opened.read())
            elif (name, file) == (story.MOUNTED, f"after-build-{story.SLOW}.json"):
                with open(os.path.join(path, file), "rb") as opened:
                    self.after_build = story.QUEUED if story.is_after_build(opened.read()) else None
            else:
                self.leftovers.append(f"{name}/{file}")

    def _read(self, name, path):
        try:
            with open(path, "rb") as opened:
                self.texts[name] = opened.read()
        except FileNotFoundError:
            pass

    def found(self, progress):
        """The state of each instance, None where it is none of those it may be in."""
        found = {}
        for name, allowed in progress.states.items():
            if name == story.GAME:
                state = None if self.damaged else self.version
            elif name in story.STORES:
                generation, torn = self.overlays[name]
                state = None if torn else generation
            elif name == story.CACHE:
                state = None if self.torn_items else story.WHOLE
            elif name == story.WISH:
                state = self.wish
            elif name == story.AFTER_BUILD:
                state = self.after_build
            else:
                state = identify(name, self.texts.get(name), allowed)
            found[name] = state if state in allowed else None
        return found

    def problem(self, name, progress):
        expected = " or ".join(sorted(progress.states[name]))
        if name == story.GAME:
            return f"installation/current is {self.version}, not whole are {self.damaged}; expected: {expected}"
        if name in story.STORES:
            generation, torn = self.overlays[name]
            return f"files of overlay {name} are of generation {generation}, torn are versions {torn}; expected: {expected}"
        if name == story.CACHE:
            return f"not whole, or with another time: {self.torn_items} of the cache"
        if name == story.WISH:
            return f"the queued restart is {self.wish or 'torn'}; expected: {expected}"
        if name == story.AFTER_BUILD:
            return f"the restart after a build is {self.after_build or 'torn'}; expected: {expected}"
        text = self.texts.get(name)
        what = "is gone" if text is None else f"({len(text)} bytes) is neither old nor new"
        return f"the spec of {name} {what}; expected: {expected}"
