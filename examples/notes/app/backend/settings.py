"""Django's settings. Without a required name (deploy/required-env) nothing starts, and the reason says which."""

import time
from pathlib import Path

from botocore.config import Config

from . import environment, release

BASE_DIR = Path(__file__).resolve().parent.parent
try:
    _env = environment.load(BASE_DIR)
except environment.SettingsError as error:
    raise SystemExit(f"notes: {error}") from None


def _is_true(name, default="false"):
    return _env.get(name, default).lower() in ("1", "true", "yes", "on")


RELEASE = release.read(BASE_DIR)
STARTED = time.monotonic()
ENVIRONMENT = _env.get("ENVIRONMENT", "production")

# The same beginning as in Gunicorn's own log: [time] [pid] [LEVEL].
LOG_LINE = "[%(asctime)s] [%(process)d] [%(levelname)s] %(name)s: %(message)s"

SECRET_KEY = _env["SECRET_KEY"]
DEBUG = _is_true("DEBUG")
ALLOWED_HOSTS = [name.strip() for name in _env["ALLOWED_HOSTS"].split(",") if name.strip()]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

ROOT_URLCONF = "backend.urls"
ASGI_APPLICATION = "backend.asgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "authentication",
    "documents",
    "payments",
    "prompts",
]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"]}]
AUTH_USER_MODEL = "authentication.CustomUser"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": _env["DB_NAME"],
        "USER": _env["DB_USER"],
        "PASSWORD": _env["DB_PASSWORD"],
        "HOST": _env["DB_HOST"],
        "PORT": _env["DB_PORT"],
        "OPTIONS": {"charset": "utf8mb4", "connect_timeout": 2},
    }
}

REDIS_URL = _env["REDIS_URL"]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}

# Taken as CELERY_… by backend/celery.py. With acks_late a task whose worker was killed is delivered again.
CELERY_BROKER_URL = _env["CELERY_BROKER_URL"]
CELERY_RESULT_BACKEND = _env.get("CELERY_RESULT_BACKEND", CELERY_BROKER_URL)
CELERY_RESULT_EXPIRES = 3600
CELERY_TASK_ACKS_LATE = _is_true("CELERY_ACKS_LATE")
CELERY_TASK_REJECT_ON_WORKER_LOST = CELERY_TASK_ACKS_LATE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": int(_env.get("CELERY_VISIBILITY_TIMEOUT", "3600")),
    # Workers look for tasks to deliver again every ten seconds; without this, every hundred.
    "unacked_restore_throttle": 1,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_LOG_FORMAT = LOG_LINE
CELERY_WORKER_TASK_LOG_FORMAT = LOG_LINE
CELERY_BEAT_SCHEDULE = {"heartbeat": {"task": "authentication.tasks.heartbeat", "schedule": 10.0}}

STATIC_URL = "/static/"
STATIC_ROOT = Path(_env.get("STATIC_ROOT", BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "access_key": _env["AWS_ACCESS_KEY_ID"],
            "secret_key": _env["AWS_SECRET_ACCESS_KEY"],
            "bucket_name": _env["AWS_BUCKET"],
            "endpoint_url": _env.get("AWS_S3_ENDPOINT_URL") or None,
            "region_name": _env.get("AWS_REGION", "us-east-1"),
            "client_config": Config(
                signature_version="s3v4", s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=20
            ),
            "file_overwrite": False,
            "querystring_auth": True,
            "querystring_expire": 600,
        },
    },
    # Refuses to collect a style sheet that refers to a file that is not there.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

RAZORPAY_URL = _env.get("RAZORPAY_URL", "https://api.razorpay.com").rstrip("/")
RAZORPAY_KEY_ID = _env["RAZORPAY_KEY_ID"]
RAZORPAY_KEY_SECRET = _env["RAZORPAY_KEY_SECRET"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": LOG_LINE,
            "datefmt": "%Y-%m-%d %H:%M:%S %z",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": _env.get("LOG_LEVEL", "INFO")},
    # Its own messages would tell every presigned URL at DEBUG.
    "loggers": {"botocore": {"level": "WARNING"}},
}
