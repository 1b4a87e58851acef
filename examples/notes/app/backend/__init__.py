"""Notes: prompts and documents, served by Django; tasks by Celery."""

import pymysql

# Django asks for mysqlclient, which needs a compiler; PyMySQL speaks the same protocol in Python.
pymysql.install_as_MySQLdb()

from .celery import app as celery_app  # noqa: E402  Django's own @shared_task needs the app at import

__all__ = ["celery_app"]
