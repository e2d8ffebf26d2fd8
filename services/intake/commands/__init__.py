"""What may be asked of intake: one frozen model per verb, in files by noun. Nothing beyond its fields is accepted."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


class Command(BaseModel):
    """A question with a verb: frozen, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""What Unicode calls a control character (category Cc)."""
_CONTROL_IN_TEXT = re.compile(r"(?![\n\t\r])[\x00-\x1f\x7f-\x9f]")


def _without_spaces(value: object) -> object:
    return "".join(value.split()).upper() if isinstance(value, str) else value


def _readable(value: str) -> str:
    if _CONTROL_IN_TEXT.search(value):
        raise ValueError("holds characters that cannot be read")
    return value


def on_one_line(value: str) -> str:
    """The text, when no sign in it breaks or hides a line."""
    if _CONTROL.search(value):
        raise ValueError("must stand on one line")
    return value


Postcode = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{3}[A-Z]{2}$"),
    BeforeValidator(_without_spaces, json_schema_input_type=str),
]
"""A Dutch postcode; a space in it and small letters are forgiven."""
HouseNumber = Annotated[int, Field(ge=1, le=99_999)]
Addition = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9 -]{1,12}$")]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(on_one_line)
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), AfterValidator(_readable)
]
"""Free text as somebody said or wrote it, 1 to 4000 characters."""
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+$")
]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9+() -]{6,20}$")]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2100, 1, 1))]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1990, 1, 1, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC))]
