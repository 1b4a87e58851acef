"""The JSON API: items and uploaded files."""

from pathlib import Path

from flask import Blueprint, current_app, request
from werkzeug.utils import secure_filename

from . import items

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/items")
def list_items():
    return {"items": items.all_items()}


@blueprint.post("/items")
def add_item():
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        return {"error": "a JSON object is needed"}, 400
    try:
        return items.add(body), 201
    except items.InvalidItem as error:
        return {"error": str(error)}, 400


@blueprint.post("/media")
def add_media():
    """Store the multipart field `file`; a name that is taken is refused, never replaced."""
    upload = request.files.get("file")
    name = secure_filename(upload.filename or "") if upload else ""
    if not name:
        return {"error": "file: a file with a name is needed"}, 400
    try:
        with open(Path(current_app.config["MEDIA_ROOT"]) / name, "xb") as target:
            upload.save(target)
    except FileExistsError:
        return {"error": f"file: {name} exists already"}, 409
    return {"name": name, "url": f"/media/{name}"}, 201
