"""What may be asked of plan, by noun. Words about people come in here and go no further than plan's tables."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]

Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""A moment people plan with, in any offset; what lies further away is a slip of the pen."""


class Command(BaseModel):
    """Something a person asks; a field we do not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
