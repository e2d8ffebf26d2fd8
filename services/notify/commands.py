"""What people may ask of notify."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Decide(BaseModel):
    """What to do with a mail of which nobody knows whether it arrived."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: Literal["resend", "drop"]
