"""Settings from outside: the environment, then `.env` in the release directory. The environment wins."""

import os


class SettingsError(Exception):
    """A setting is missing or unreadable. Names settings, never values."""


def required_names(root):
    """Names that `deploy/required-env` lists, in its order."""
    lines = (root / "deploy" / "required-env").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def read_env_file(path):
    """`NAME=value` lines as a dict; quotes around a value are dropped. A missing file is empty."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise SettingsError(f"{path} cannot be read by this user") from None
    values = {}
    for line in text.splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            values[name.strip()] = value.strip().strip("'\"")
    return values


def load(root):
    """All settings by name, as strings. Raises SettingsError naming every required one that is missing."""
    values = {**read_env_file(root / ".env"), **os.environ}
    missing = [name for name in required_names(root) if not values.get(name)]
    if missing:
        raise SettingsError(f"missing settings: {', '.join(missing)} (set them in {root / '.env'})")
    return values
