# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Reading the state directory out of a disk image, as the next boot would find it, without mounting it:
by e2fsprogs, after the journal of the file system was replayed. The image is changed by that.
"""

import os
import shutil
import subprocess

import story

STATE = "/var/lib/left4me"


def _run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def replay_journal(image):
    result = _run("e2fsck", "-y", "-E", "journal_only", image)
    # 0: nothing to do, 1: corrected
    if result.returncode > 1:
        raise RuntimeError(f"the journal of the file system can't be replayed:\n{result.stdout}")


def extract(image, directory):
    """Copies instances/ and the sloppy file into the directory, emptying that first."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    requests = os.path.join(directory, "requests")
    with open(requests, "w", encoding="utf-8") as file:
        file.write(f'rdump {STATE}/instances {directory}\ndump {STATE}/sloppy {directory}/sloppy\n')
    _run("debugfs", "-f", requests, image)


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

    def _read_instance(self, name, path):
        for file in os.listdir(path):
            if file == "spec.yaml":
                self._read(name, os.path.join(path, file))
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
            state = identify(name, self.texts.get(name), allowed)
            found[name] = state if state in allowed else None
        return found

    def problem(self, name, progress):
        text = self.texts.get(name)
        what = "is gone" if text is None else f"({len(text)} bytes) is neither old nor new"
        return f"the spec of {name} {what}; expected: {' or '.join(sorted(progress.states[name]))}"
