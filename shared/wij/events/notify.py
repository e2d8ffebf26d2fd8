"""What notify tells: what was sent to which role, and which deadlines passed."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from wij.events import Code, Event

ChannelKind = Literal["mail", "inbox"]


class NotificationSent(Event, name="notification.sent", about="notification_id"):
    """The provider took the message over."""

    notification_id: UUID
    template: Code
    recipient_role: Code
    channel: ChannelKind
    cause_event_id: UUID
    household_id: UUID | None


class NotificationRefused(Event, name="notification.refused", about="notification_id"):
    """The provider said no; the message was not sent."""

    notification_id: UUID
    template: Code
    recipient_role: Code
    channel: ChannelKind
    cause_event_id: UUID
    household_id: UUID | None


class NotificationUnknown(Event, name="notification.unknown", about="notification_id"):
    """The provider did not answer: it may or may not have been sent, and a person decides."""

    notification_id: UUID
    template: Code
    recipient_role: Code
    channel: ChannelKind
    cause_event_id: UUID
    household_id: UUID | None


class NotificationSuppressed(Event, name="notification.suppressed", about="notification_id"):
    """Not sent, on purpose: the person died, asked for silence, has no address, or it came too late."""

    notification_id: UUID
    template: Code
    recipient_role: Code
    channel: ChannelKind
    cause_event_id: UUID
    household_id: UUID | None
    reason: Code


class DeadlineApproaching(Event, name="deadline.approaching", about="deadline_id"):
    """A term is near its end; told once per threshold."""

    deadline_id: UUID
    subject_id: UUID
    household_id: UUID | None
    term: Code
    threshold: Code
    due_at: AwareDatetime


class DeadlinePassed(Event, name="deadline.passed", about="deadline_id"):
    """A term ended; told once per threshold. The service that owns the subject acts on it."""

    deadline_id: UUID
    subject_id: UUID
    household_id: UUID | None
    term: Code
    threshold: Code
    due_at: AwareDatetime
