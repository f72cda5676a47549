# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a page's Mustache template as the Jinja template that somebody would have written for it, so
that both servers of the benchmark render the same page.

Jinja wants to know where a name is looked up and whether a section is a loop: both are taken from a
model, whose lists and objects must not be empty.

Usage: jinja.py TEMPLATE-DIRECTORY NAME MODEL
"""

import json
import re
import sys

COMMENT = re.compile(r"^\{\{!.*?\}\}\n", re.M)
TAG = re.compile(r"\{\{([#^/>]?)\s*([\w.-]+)\s*\}\}(\n?)")


def merged(items):
    """One object with all keys of these, and of each the value that says most."""
    result = {}
    for item in items:
        if not isinstance(item, dict):
            return item
        for key, value in item.items():
            result[key] = value if value not in (None, []) else result.get(key)
    return result


class Writer:
    def __init__(self, directory, model):
        self.directory = directory
        self.scopes = [("", model)]
        self.ends = []
        self.output = []

    def find(self, name):
        """The Jinja expression of a Mustache name, and a sample of its value."""
        if name == ".":
            return self.scopes[-1]
        first, *rest = name.split(".")
        for prefix, sample in reversed(self.scopes):
            if isinstance(sample, dict) and first in sample:
                value = sample[first]
                for key in rest:
                    value = value.get(key) if isinstance(value, dict) else None
                return f"{prefix}.{name}".lstrip("."), value
        return name, None

    def begin(self, name):
        expression, value = self.find(name)
        if isinstance(value, list):
            variable = f"item{len(self.scopes)}"
            self.output.append(f"{{% for {variable} in {expression} %}}")
            self.scopes.append((variable, merged(value)))
            self.ends.append("endfor")
        else:
            self.output.append(f"{{% if {expression} %}}")
            self.scopes.append((expression, value))
            self.ends.append("endif")

    def tag(self, kind, name):
        if name == "_":
            # A text that can be translated: the English one stays as it is.
            return
        if kind == ">":
            self.template(name)
        elif kind == "#":
            self.begin(name)
        elif kind == "^":
            self.output.append(f"{{% if not {self.find(name)[0]} %}}")
            self.scopes.append(self.scopes[-1])
            self.ends.append("endif")
        elif kind == "/":
            self.scopes.pop()
            self.output.append(f"{{% {self.ends.pop()} %}}")
        else:
            self.output.append(f"{{{{ {self.find(name)[0]} }}}}")

    def template(self, name):
        with open(f"{self.directory}/{name}.mustache", encoding="utf-8") as file:
            text = COMMENT.sub("", file.read())
        position = 0
        for match in TAG.finditer(text):
            self.output.append(text[position : match.start()])
            position = match.end()
            self.tag(match[1], match[2])
            # A tag alone on its line leaves no line.
            alone = match[1] and (match.start() == 0 or text[match.start() - 1] == "\n")
            if not alone:
                self.output.append(match[3] and "\n")
        self.output.append(text[position:])


with open(sys.argv[3], encoding="utf-8") as model_file:
    writer = Writer(sys.argv[1], json.load(model_file))
writer.template(sys.argv[2])
print("".join(writer.output), end="")
