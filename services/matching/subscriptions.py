"""What matching listens to."""

from services.matching.handlers import knowing, matches, needs
from wij.events.intake import TeamAreaChanged
from wij.events.notify import DeadlinePassed
from wij.events.plan import (
    CaseClosed,
    CaseOpened,
    ConsentWithdrawn,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    DirectorHandedOver,
    InvolvementAdded,
    InvolvementEnded,
    SupportNeedRequested,
    SupportNeedWithdrawn,
)
from wij.reader import Subscription

SUBSCRIPTIONS = (
    Subscription("intake", {TeamAreaChanged: knowing.when_team_areas_changed}),
    Subscription(
        "plan",
        {
            CaseOpened: knowing.when_cases_opened,
            DirectorHandedOver: knowing.when_directors_handed_over,
            InvolvementAdded: knowing.when_involvements_added,
            InvolvementEnded: knowing.when_involvements_ended,
            DirectorAbsenceRecorded: knowing.when_absences_recorded,
            DirectorAbsenceEnded: knowing.when_absences_ended,
            SupportNeedRequested: needs.when_needs_requested,
            SupportNeedWithdrawn: needs.when_needs_withdrawn,
            ConsentWithdrawn: needs.when_consents_withdrawn,
            CaseClosed: needs.when_cases_closed,
        },
    ),
    Subscription("notify", {DeadlinePassed: matches.when_deadlines_passed}),
)
