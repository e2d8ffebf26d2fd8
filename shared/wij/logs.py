"""Logs: one JSON object per line (in development: for the eye), with ids and codes and never a person in it (PRIV-08).

Whoever logs passes ids; `hide` is the safety net under that. It knows the names of fields that hold personal data and
the shapes of what people are reached by, and it drops the message of an exception, since that quotes the value that
was wrong. Requests are not logged by address: the answer's `X-Correlation-Id` finds the lines that belong to it.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from wij import telemetry
from wij.settings import Settings

HIDDEN = "(hidden)"

_PERSONAL = re.compile(
    r"(^|_)(name|given|family|surname|initials|phone|telephone|mobile|e?mail|address|street|house_number|addition|postcode"
    r"|zip|birth|bsn|question|note|text|words|wish|answer|body|content|contact|query|token|secret|password|authorization)"
    r"(_|s?$)"
)
"""Names of fields that hold a person, or a secret; unless they end in `_id`."""
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"[\w.+-]+@[\w-]+\.[\w.-]+",  # an e-mail address
        r"(?<![\w-])[1-9][0-9]{3} ?[A-Z]{2}(?![\w-])",  # a postcode
        r"(?<![\w.:-])(\+|00)?[0-9](?:[ -]?[0-9]){8,13}(?![\w-])",  # a telephone number, or a BSN
        r"(?i)bearer\s+\S+",
        r"eyJ[\w-]+\.[\w-]+\.[\w-]*",  # a token
    )
)
_PLAIN_KEYS = frozenset({"timestamp", "correlation_id", "level", "event", "position", "loop", "script"})
"""Our own words and numbers, which the shapes could mistake for something else."""
_LOUD = ("uvicorn", "faststream", "nats", "asyncio", "httpx", "httpcore", "mail.log", "aiosmtplib")


def configure(settings: Settings, to: TextIO = sys.stdout) -> None:
    """Set up logging of this process: ours and that of the libraries, through the same processors to one place."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Processor] = [
        where_it_belongs,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        where_it_broke,
        hide,
    ]
    shows: Processor = (
        structlog.processors.JSONRenderer()
        if settings.mode == "production"
        else structlog.dev.ConsoleRenderer(colors=to.isatty())
    )
    structlog.configure(
        processors=[*shared, shows],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(to),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(to)
    handler.addFilter(_without_values)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shows],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for name in _LOUD:
        theirs = logging.getLogger(name)
        theirs.handlers.clear()
        theirs.propagate = True
        theirs.setLevel(max(level, logging.WARNING))
    logging.getLogger("uvicorn.access").disabled = True
    logging.captureWarnings(capture=True)


def _without_values(record: logging.LogRecord) -> bool:
    """What a library says, without the values it filled in or added below: those may be anything."""
    record.msg, record.args = str(record.msg).partition("\n")[0], None
    return True


def where_it_belongs(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The correlation id of the work that says this."""
    trace = telemetry.followed()
    if trace is not None:
        event.setdefault("correlation_id", trace.correlation_id)
    return event


def where_it_broke(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception as its class and the places it passed: its message may quote what somebody typed."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        places = [f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in frames]
        event["broke"] = {"class": type(error).__name__, "places": places}
    return event


def hide(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace what looks like a person by `(hidden)`."""
    return {key: value if key in _PLAIN_KEYS - {"event"} else _hidden(key, value) for key, value in event.items()}


def _hidden(key: str, value: Any) -> Any:
    if _PERSONAL.search(key) and not key.endswith("_id"):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(name): _hidden(str(name), inner) for name, inner in value.items()}
    if isinstance(value, str):
        for shape in _SHAPES:
            value = shape.sub(HIDDEN, value)
        return value
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_hidden("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID | date):
        return str(value)
    return _hidden("", str(value))
