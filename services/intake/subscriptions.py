"""What intake listens to."""

from services.intake.handlers import events
from wij.events.plan import (
    CaseClosed,
    CaseErased,
    CaseOpened,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    DirectorHandedOver,
    HelpRequestAttachedToCase,
    InvolvementAdded,
    InvolvementEnded,
)
from wij.reader import Subscription

SUBSCRIPTIONS = (
    Subscription(
        "plan",
        {
            CaseOpened: events.when_case_opened,
            HelpRequestAttachedToCase: events.when_help_request_attached,
            DirectorHandedOver: events.when_director_handed_over,
            CaseClosed: events.when_case_closed,
            CaseErased: events.when_case_erased,
            InvolvementAdded: events.when_involvement_added,
            InvolvementEnded: events.when_involvement_ended,
            DirectorAbsenceRecorded: events.when_director_absence_recorded,
            DirectorAbsenceEnded: events.when_director_absence_ended,
        },
    ),
)
