"""Django, REST framework and Celery, as registers of this field are built: one task for each message and listener.

`PEER_TUNED=1` is the same with what an experienced team turns on: connections that stay, rows in bulk, no results
(`django_settings.py`).
Served by gunicorn (`bench.peers.django_app:application`); `celery --app bench.peers.django_app:celery worker -Q plan`.
"""

import json
import os
from uuid import UUID

import django
from celery import Celery
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.urls import path

from bench.peers.work import CHOOSE_ONE, SEVERAL, SOURCE, STEPS, TABLES, TOKEN, Step, filler, message
from wij.ids import new_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.django_settings")
django.setup()

from rest_framework import serializers, views  # noqa: E402  # needs the settings
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402

celery = Celery("peer")
celery.config_from_object("django.conf:settings", namespace="CELERY")


def _model(service: str, table: str) -> type[models.Model]:
    fields = {
        "id": models.UUIDField(primary_key=True),
        "case_id": models.UUIDField(),
        "state": models.IntegerField(default=0),
        "filler": models.TextField(),
        "at": models.DateTimeField(auto_now_add=True),
        "__module__": __name__,
        "Meta": type(
            "Meta", (), {"managed": False, "db_table": f'"{service}"."{table}"', "app_label": "rest_framework"}
        ),
    }
    return type(f"{service}_{table}", (models.Model,), fields)


MODELS = {(service, table): _model(service, table) for service, tables in TABLES.items() for table in tables}


def do(service: str, step: Step, case_id: UUID, buurt: int) -> None:
    """Write the rows; when they are committed, hand a task to everybody who must hear of it."""
    with transaction.atomic():
        if settings.TUNED:
            for table in dict.fromkeys(table for table, _ in step.inserts):
                model = MODELS[service, table]
                sizes = [size for name, size in step.inserts if name == table]
                model.objects.bulk_create([model(id=new_id(), case_id=case_id, filler=filler(size)) for size in sizes])
        else:
            for table, size in step.inserts:
                MODELS[service, table].objects.create(id=new_id(), case_id=case_id, filler=filler(size))
        if step.chooses:
            with connection.cursor() as cursor:
                cursor.execute(CHOOSE_ONE.replace("$1", "%s"), [buurt])
        for table in step.updates:
            rows = MODELS[service, table].objects.filter(case_id=case_id)
            if table in SEVERAL:  # as `work.change` does
                rows = rows.filter(id=rows.order_by("id").values("id")[:1])
            rows.update(state=models.F("state") + 1)
        for name, size in step.tells:
            body = message(name, size, case_id, buurt).decode()
            for listener in LISTENERS.get(name, ()):
                transaction.on_commit(lambda one=listener, text=body: hear.apply_async((one, text), queue=one))


LISTENERS = {name: [service for service, steps in STEPS.items() if name in steps] for name in SOURCE}


@celery.task(name="hear", acks_late=True)
def hear(service: str, body: str) -> None:
    """One message for one service."""
    told = json.loads(body)
    do(service, STEPS[service][told["type"]], UUID(told["request_id"]), told["buurt"])


class Question(serializers.Serializer):
    """What was asked."""

    channel = serializers.CharField()
    requester = serializers.DictField()
    postcode = serializers.CharField()
    house_number = serializers.IntegerField()
    question = serializers.CharField()
    reference = serializers.CharField()


class Asked(serializers.Serializer):
    """A request."""

    question = Question()
    clarification = serializers.DictField()
    safety = serializers.DictField()
    acceptance = serializers.DictField()


class Requests(views.APIView):
    """Where requests come in."""

    def post(self, request: Request) -> Response:
        """Take a request in."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Response(status=401)
        asked = Asked(data=request.data)
        asked.is_valid(raise_exception=True)
        case_id = new_id()
        do("intake", STEPS["intake"]["request"], case_id, asked.validated_data["question"]["house_number"] % 60)
        return Response({"request_id": str(case_id)}, status=202)


urlpatterns = [path("requests", Requests.as_view())]
application = get_wsgi_application()
