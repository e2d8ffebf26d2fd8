"""What people may see of notify: ids, codes and dates; never what a mail said."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from wij.events.notify import ChannelKind

NotificationState = Literal["planned", "sending", "sent", "refused", "unknown", "suppressed"]
DeadlineState = Literal["open", "passed", "closed"]


class InboxItem(BaseModel):
    """Something to know or to do, for one worker or for everybody with a role in the team."""

    item_id: UUID
    text: str
    """One Dutch sentence."""
    addressed_to: str
    """`me`, or the role."""
    about_kind: str
    about_id: UUID
    """What to open: a request, case, handover, need, match, review, action, plan, absence or notification."""
    household_id: UUID | None
    due_at: AwareDatetime | None
    created_at: AwareDatetime
    done_at: AwareDatetime | None
    done_by: UUID | None


class NotificationRow(BaseModel):
    """One message on its way, without its content and without the address."""

    notification_id: UUID
    template: str
    channel: ChannelKind
    recipient_role: str
    team: str
    about_kind: str
    about_id: UUID
    cause_event_id: UUID
    state: NotificationState
    reason: str | None
    attempts: int
    planned_at: AwareDatetime
    valid_until: AwareDatetime | None
    settled_at: AwareDatetime | None


class DeadlineRow(BaseModel):
    """One term that runs, ran out, or was met."""

    deadline_id: UUID
    term: str
    subject_kind: str
    subject_id: UUID
    household_id: UUID | None
    team: str
    due_at: AwareDatetime
    state: DeadlineState
    closed_at: AwareDatetime | None
    closed_by: str | None
    """The event that met it, such as `handover.declined`."""
