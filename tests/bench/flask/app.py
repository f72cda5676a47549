# SPDX-License-Identifier: LGPL-2.1-or-later
"""The overview page as Flask would answer it: the same table, from a model that never changes.

It asks neither systemd nor anybody's session, which the web app it is compared with does.
"""

import json
import os

from flask import Flask, render_template

app = Flask(__name__)

with open(os.environ["OVERVIEW_MODEL"], encoding="utf-8") as file:
    model = json.load(file)


@app.route("/")
def overview():
    return render_template("overview.html", **model)
