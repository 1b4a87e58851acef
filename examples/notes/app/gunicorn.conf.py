"""Gunicorn for notes: its ASGI worker serves HTTP and WebSocket alike.

preload_app: the application is imported before Gunicorn tells systemd READY=1, so a release that cannot be
imported, or lacks a setting, never counts as started.
"""

import os

bind = os.environ.get("NOTES_BIND", "127.0.0.1:8000")
workers = 2
worker_class = "asgi"
asgi_lifespan = "off"
preload_app = True
timeout = 30
graceful_timeout = 10
errorlog = os.environ.get("NOTES_LOG", "/var/log/notes/gunicorn.log")
loglevel = "info"
capture_output = True
control_socket_disable = True
