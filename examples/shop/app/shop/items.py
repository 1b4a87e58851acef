"""What the shop sells: the only place that knows the columns of `items`."""

from . import db

COLUMNS = ("id", "name", "price_cents", "sku")


class InvalidItem(Exception):
    """The request's item cannot be stored; the text says why."""


def all_items():
    """Every item as a dict of COLUMNS, oldest first."""
    rows = db.get().execute(f"SELECT {', '.join(COLUMNS)} FROM items ORDER BY id")
    return [dict(row) for row in rows]


def add(item):
    """Store {"name": text, "price_cents": int, "sku"?: text} and return the stored row."""
    name, price = item.get("name"), item.get("price_cents")
    if not isinstance(name, str) or not name.strip():
        raise InvalidItem("name: a text that is not empty is needed")
    if not isinstance(price, int) or isinstance(price, bool) or price < 0:
        raise InvalidItem("price_cents: a whole number of cents is needed")
    values = {"name": name.strip(), "price_cents": price, "sku": item.get("sku")}
    names = ", ".join(values)
    marks = ", ".join(f":{key}" for key in values)
    cursor = db.get().execute(f"INSERT INTO items ({names}) VALUES ({marks})", values)
    return {"id": cursor.lastrowid, **values}
