"""What may be seen, by noun: the card of a case for its team, the whole file for who works on it."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)
