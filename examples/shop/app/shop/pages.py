"""The web page."""

from flask import Blueprint, current_app, render_template

from . import items

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index():
    return render_template("index.html", items=items.all_items(), release=current_app.config["RELEASE"])
