"""The settings of the Django peer, where Django and Celery look for them: `DJANGO_SETTINGS_MODULE`.

With it Celery knows that it works for Django, and closes the connections before and after each task unless told to
keep them. `PEER_TUNED=1` is what an experienced team turns on.
"""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

TUNED = os.environ.get("PEER_TUNED") == "1"
_AT = urlsplit(os.environ["PEER_DSN"])

SECRET_KEY = "of the benchmark"  # noqa: S105  # nothing is signed
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.peers.django_app"
INSTALLED_APPS = ["rest_framework"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _AT.path.removeprefix("/"),
        "USER": _AT.username,
        "HOST": _AT.hostname,
        "PORT": _AT.port,
        "CONN_MAX_AGE": None if TUNED else 0,
    }
}
REST_FRAMEWORK: Mapping[str, object] = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}

CELERY_BROKER_URL = os.environ["PEER_REDIS"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 30, "unacked_restore_throttle": 1}
"""What a worker took and never did is given again after so many seconds, looked for every 10. By default it is an hour,
looked for every 100 seconds: longer than anybody watches here."""
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
if TUNED:
    CELERY_DB_REUSE_MAX = 100_000
    CELERY_TASK_IGNORE_RESULT = True
    CELERY_WORKER_PREFETCH_MULTIPLIER = 32
    CELERY_WORKER_SEND_TASK_EVENTS = False
