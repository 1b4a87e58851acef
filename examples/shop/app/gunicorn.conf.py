"""Gunicorn for the shop.

preload_app: the application is imported before gunicorn tells systemd READY=1, so a release that cannot be
imported, or lacks a setting, never counts as started.
"""

import os

bind = os.environ.get("SHOP_BIND", "127.0.0.1:8000")
workers = 2
preload_app = True
timeout = 30
graceful_timeout = 10
errorlog = os.environ.get("SHOP_LOG", "/var/log/shop/gunicorn.log")
loglevel = "info"
capture_output = True
control_socket_disable = True
