"""What happened to a household, one Dutch sentence per event (B1).

Only ids, codes and dates travel in events, so a sentence says who by their role, and by name only where the reader may
know it: `Names` turns the id of a worker into a name.
"""

from collections.abc import Callable, Mapping
from typing import Any

from wij_cli.dutch import day, moment

type Names = Callable[[str | None], str]
"""The name of a worker, or "een collega"."""
type Fact = Mapping[str, Any]

CHANNELS = {
    "stip": "bij het Stip",
    "cjg": "bij het Centrum voor Jeugd en Gezin",
    "zorgloket": "bij het Zorgloket",
    "website": "via de website",
    "wij_location": "op de WIJ-locatie",
    "partner": "via een partner in de wijk",
    "signal": "als signaal uit de buurt",
}
SAFETY = {"none": "Er zijn geen zorgen", "concern": "Er zijn zorgen", "acute": "Er is direct hulp nodig"}
KINDS = {
    "conversation": "een praatje",
    "errands": "boodschappen",
    "inform": "uitleg en informatie",
    "accompany": "samen op stap",
    "practical": "klussen in en om het huis",
    "respite": "tijd voor de mantelzorger",
    "admin": "post en formulieren",
}
EXECUTORS = {
    "self": "het huishouden zelf",
    "network": "familie en buren",
    "volunteer": "een vrijwilliger",
    "general_facility": "een voorziening in de buurt",
    "professional": "een beroepskracht",
}
REVIEWS = {
    "continue": "We gaan zo door",
    "adjust": "We passen het plan aan",
    "close": "De hulp kan stoppen",
}
CLOSED = {
    "goals_reached": "de doelen zijn gehaald",
    "self_reliant": "het huishouden redt zich zelf",
    "moved_away": "het huishouden is verhuisd",
    "declined_help": "het huishouden wil geen hulp meer",
    "transferred": "een ander neemt het over",
    "deceased": "er is iemand overleden",
}
SIDES = {"volunteer": "De vrijwilliger", "household": "Het huishouden", "coordinator": "De coördinator"}
TERMS = {
    "receipt": "de ontvangstbevestiging",
    "investigation": "het onderzoek",
    "handover": "de overdracht",
    "match": "het antwoord op het voorstel",
    "review": "de evaluatie",
    "action": "een afspraak uit het plan",
}


def sentence(event_type: str, fact: Fact, name: Names) -> str:
    """The event in words; one we have no words for by its own name."""
    event = ".".join(event_type.split(".")[3:5])
    words = _SENTENCES.get(event)
    return words(fact, name) if words else f"Er gebeurde iets: {event}."


def _received(fact: Fact, _: Names) -> str:
    anonymous = " Wie het vraagt, wil niet bekend zijn." if fact.get("anonymous") else ""
    return f"Er kwam een vraag binnen {CHANNELS.get(fact['channel'], fact['channel'])}.{anonymous}"


def _clarified(fact: Fact, _: Names) -> str:
    acute = {"acute": " Dit kan niet wachten.", "high": " Het heeft haast."}.get(fact["urgency"], "")
    return f"De vraag achter de vraag is duidelijk.{acute}"


def _answered(fact: Fact, _: Names) -> str:
    how = {
        "contact_pointed": "met een verwijzing naar de juiste plek",
        "general_provision": "met een voorziening in de buurt",
    }
    return f"De vraag is beantwoord {how.get(fact['answer_kind'], 'met informatie')}."


def _absence(fact: Fact, name: Names) -> str:
    return f"{name(fact['worker_id'])} is er even niet. {name(fact['deputy_id'])} neemt waar."


def _plan_activated(fact: Fact, _: Names) -> str:
    count = len(fact["goals"])
    goals = {1: "één doel", 2: "twee doelen", 3: "drie doelen"}.get(count, f"{count} doelen")
    return f"Het plan is ingegaan, met {goals}. We kijken er samen naar op {moment(fact['next_review_at'])}."


def _action(fact: Fact, name: Names) -> str:
    who = name(fact["owner_id"]) if fact.get("owner_id") else EXECUTORS[fact["owner_kind"]]
    return f"Afspraak: {who} doet iets voor {moment(fact['due_at'])}."


def _closed(fact: Fact, _: Names) -> str:
    return f"De casus is gesloten: {CLOSED[fact['reason']]}."


def _declined(fact: Fact, _: Names) -> str:
    return f"{SIDES[fact['by']]} zei nee. Dat mag. We zoeken verder."


def _notification(fact: Fact, words: str) -> str:
    channel = "e-mail" if fact["channel"] == "mail" else "bericht"
    return f"{words.format(channel)} ({fact['template'].replace('_', ' ')})."


def _term(fact: Fact) -> str:
    term = str(fact["term"])
    return TERMS.get(term, term.replace("_", " "))


_SENTENCES: Mapping[str, Callable[[Fact, Names], str]] = {
    # intake
    "help_request.received": _received,
    "help_request.clarified": _clarified,
    "help_request.safety_checked": lambda fact, _: f"Er is naar zorg en veiligheid gekeken. {SAFETY[fact['result']]}.",
    "help_request.answered": _answered,
    "help_request.waitlisted": lambda fact, _: (
        f"De vraag staat op de wachtlijst, uiterlijk tot {moment(fact['due_at'])}."
    ),
    "help_request.accepted": lambda _, __: "Het team neemt de vraag aan.",
    "help_request.undirected": lambda _, __: "De vraag is aangenomen, maar er is nog geen regisseur.",
    "help_request.withdrawn": lambda _, __: "De vraag is ingetrokken.",
    "help_request.erased": lambda _, __: "De bewaartermijn is voorbij. Wat er in de vraag stond, is gewist.",
    "household.registered": lambda _, __: "Het huishouden staat nu bij ons bekend.",
    "household.member_joined": lambda fact, _: f"Iemand hoort bij het huishouden sinds {day(fact['since'])}.",
    "household.member_left": lambda fact, _: f"Iemand hoort niet meer bij het huishouden vanaf {day(fact['until'])}.",
    "household.erased": lambda _, __: "De bewaartermijn is voorbij. De gegevens van het huishouden zijn gewist.",
    "person.deceased": lambda fact, _: f"Iemand uit het huishouden is overleden op {day(fact['died_on'])}.",
    "person.contact_suppressed": lambda _, __: "Iemand wil geen berichten meer ontvangen. Dat doen we dan niet.",
    "team_area.changed": lambda _, __: "Het team werkt vanaf nu in andere buurten.",
    "team.activated": lambda fact, _: f"Het team kan vragen aannemen vanaf {moment(fact['active_from'])}.",
    "worker.joined_team": lambda fact, name: f"{name(fact['worker_id'])} werkt nu in dit team.",
    "worker.left_team": lambda fact, name: f"{name(fact['worker_id'])} werkt niet meer in dit team.",
    # plan
    "case.opened": lambda fact, name: f"De casus is geopend. {name(fact['director_id'])} is de regisseur.",
    "help_request.attached_to_case": lambda _, __: "Er kwam nog een vraag bij. Die hoort bij dezelfde casus.",
    "case.involvement_added": lambda fact, name: f"{name(fact['worker_id'])} helpt mee. De regisseur blijft dezelfde.",
    "case.involvement_ended": lambda fact, name: f"{name(fact['worker_id'])} helpt niet meer mee.",
    "handover.offered": lambda fact, name: (
        f"{name(fact['from_id'])} vraagt {name(fact['to_id'])} om de regie over te nemen."
    ),
    "handover.declined": lambda fact, name: f"{name(fact['to_id'])} kan de regie niet overnemen. Er verandert niets.",
    "handover.revoked": lambda _, __: "De overdracht gaat niet door. Er verandert niets.",
    "handover.expired": lambda _, __: "Er kwam geen antwoord op de overdracht. Er verandert niets.",
    "director.handed_over": lambda fact, name: (
        f"{name(fact['to_id'])} is nu de regisseur, in plaats van {name(fact['from_id'])}."
    ),
    "director.absence_recorded": _absence,
    "director.absence_ended": lambda fact, name: f"{name(fact['worker_id'])} is er weer.",
    "case.closed": _closed,
    "case.erased": lambda _, __: "De bewaartermijn is voorbij. Wat er in de casus stond, is gewist.",
    "plan.drafted": lambda fact, _: f"Er ligt een plan klaar om samen te bespreken (versie {fact['plan_version']}).",
    "plan.agreed": lambda _, __: "Het huishouden is het eens met het plan.",
    "plan.declined": lambda _, __: "Het huishouden wil dit plan niet. Dat is vastgelegd.",
    "plan.activated": _plan_activated,
    "plan.superseded": lambda _, __: "Er is een nieuwe versie van het plan. De oude is voorbij.",
    "plan.closed": lambda _, __: "Het plan is klaar.",
    "action.agreed": _action,
    "action.done": lambda _, __: "Een afspraak is nagekomen.",
    "review.planned": lambda fact, _: f"We kijken samen naar het plan op {moment(fact['due_at'])}.",
    "review.held": lambda fact, _: f"We hebben samen naar het plan gekeken. {REVIEWS[fact['outcome']]}.",
    "review.cancelled": lambda _, __: "Een geplande evaluatie is niet meer nodig.",
    "consent.given": lambda fact, _: f"Er is vastgelegd wat we mogen delen, tot {day(fact['until'])}.",
    "consent.withdrawn": lambda _, __: "De toestemming is ingetrokken. We delen niets meer.",
    "support_need.requested": lambda fact, _: (
        f"We zoeken een vrijwilliger voor {KINDS[fact['kind']]}, {fact['hours_week']} uur per week."
    ),
    "support_need.withdrawn": lambda _, __: "De hulp van een vrijwilliger is niet meer nodig.",
    # matching
    "volunteer.activated": lambda _, __: "Een vrijwilliger kan gevraagd worden.",
    "volunteer.paused": lambda _, __: "Een vrijwilliger heeft even pauze.",
    "volunteer.erased": lambda _, __: "De bewaartermijn is voorbij. De gegevens van een vrijwilliger zijn gewist.",
    "conduct_certificate.validated": lambda fact, _: f"De VOG is gezien en geldt tot {day(fact['valid_until'])}.",
    "match.proposed": lambda fact, _: f"We vroegen een vrijwilliger. Graag antwoord voor {moment(fact['due_at'])}.",
    "match.accepted_by_volunteer": lambda _, __: "De vrijwilliger zei ja.",
    "match.accepted_by_household": lambda _, __: "Het huishouden zei ja.",
    "match.declined": _declined,
    "match.expired": lambda _, __: "Er kwam geen antwoord op het voorstel. We zoeken verder.",
    "support_need.matched": lambda _, __: "Vrijwilliger en huishouden hebben allebei ja gezegd.",
    "support_need.reopened": lambda _, __: "We zoeken opnieuw een vrijwilliger.",
    "support_need.fulfilled": lambda _, __: "De hulp is gegeven en niet meer nodig.",
    "support_need.ended": lambda _, __: "We zoeken geen vrijwilliger meer.",
    "assignment.introduced": lambda fact, _: f"De vrijwilliger kwam kennismaken op {day(fact['introduced_on'])}.",
    "assignment.activated": lambda fact, _: f"De vrijwilliger helpt vanaf {day(fact['starts_on'])}.",
    "assignment.ended": lambda _, __: "De hulp van de vrijwilliger is gestopt.",
    "assignment.withdrawn": lambda fact, _: f"{SIDES[fact['by']]} is gestopt voordat de hulp klaar was.",
    # notify
    "notification.sent": lambda fact, _: _notification(fact, "Er is een {} verstuurd"),
    "notification.refused": lambda fact, _: _notification(fact, "Een {} kwam niet aan"),
    "notification.unknown": lambda fact, _: _notification(fact, "We weten niet of een {} is aangekomen"),
    "notification.suppressed": lambda fact, _: _notification(fact, "Een {} is met opzet niet verstuurd"),
    "deadline.approaching": lambda fact, _: f"De termijn voor {_term(fact)} loopt bijna af.",
    "deadline.passed": lambda fact, _: f"De termijn voor {_term(fact)} is voorbij.",
}
