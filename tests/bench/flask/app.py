# SPDX-License-Identifier: LGPL-2.1-or-later
"""The overview page as Flask answers it: the same template (jinja.py), with a model that never changes.

It asks neither systemd nor anybody's session, which the web app it is compared with does. OVERVIEW is a
directory with model.json and overview.html.
"""

import json
import os

from flask import Flask, render_template
from jinja2 import ChainableUndefined

app = Flask(__name__, template_folder=os.environ["OVERVIEW"])
# In Mustache a value inside of null is nothing, in Jinja an error.
app.jinja_env.undefined = ChainableUndefined


def without_null(pairs):
    """In Mustache nothing is printed for null, in Jinja "None"."""
    return {key: "" if value is None else value for key, value in pairs}


with open(os.path.join(os.environ["OVERVIEW"], "model.json"), encoding="utf-8") as file:
    model = json.load(file, object_pairs_hook=without_null)


@app.route("/")
def overview():
    return render_template("overview.html", **model)
