"""What may be asked of plan, by noun. Words about people come in here and go no further than plan's tables."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Command(BaseModel):
    """Something a person asks; a field we do not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
