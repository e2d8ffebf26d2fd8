"""Dutch for people: the sentences of the inbox, dates in words, and the names of things in mails (B1, u-form)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from wij.calendar import AMSTERDAM

INBOX: Mapping[str, str] = {
    "request_received": "Er is een nieuwe hulpvraag voor uw team. Wie pakt deze op?",
    "safety_signal": "Bij een hulpvraag is een zorg over veiligheid vastgelegd. Bekijk deze vandaag.",
    "request_undirected": "Een hulpvraag is aangenomen maar heeft nog geen regisseur. Houd dit huishouden in de gaten.",
    "case_opened": "U bent regisseur van een nieuw huishouden.",
    "request_attached": "Een huishouden waarvan u regisseur bent, stelde een nieuwe hulpvraag.",
    "involvement_added": "U bent betrokken bij een huishouden.",
    "handover_offered": "Een collega vraagt u om de regie over te nemen. Neemt u die over?",
    "handover_revoked": "Het verzoek om de regie over te nemen is ingetrokken. U hoeft niets te doen.",
    "handover_declined": "Uw collega neemt de regie niet over. U blijft regisseur.",
    "handover_expired": "Uw collega antwoordde niet op tijd. U blijft regisseur.",
    "handover_expired_unanswered": "Een overdracht van de regie bleef zonder antwoord. Wilt u hierover meedenken?",
    "direction_given": "De regie is overgedragen. U bent geen regisseur meer van dit huishouden.",
    "direction_taken": "U hebt de regie overgenomen.",
    "deputy_started": "U neemt waar voor een collega die afwezig is.",
    "deputy_ended": "Uw collega is terug. U neemt niet meer waar.",
    "case_closed": "De ondersteuning van een huishouden waarbij u betrokken was, is afgesloten.",
    "action_agreed": "Er is een actie met u afgesproken.",
    "need_requested": "Een huishouden zoekt hulp van een vrijwilliger.",
    "match_proposed": "Er is een vrijwilliger gevonden. Vraagt u het huishouden of dit past?",
    "match_volunteer_said_yes": "De vrijwilliger zei ja.",
    "match_household_said_yes": "Het huishouden zei ja.",
    "match_declined": "Een voorstel voor een vrijwilliger ging niet door. De hulpvraag staat weer open.",
    "match_expired": "Op een voorstel voor een vrijwilliger kwam niet op tijd antwoord. De hulpvraag staat weer open.",
    "assignment_activated": "De hulp van de vrijwilliger is begonnen.",
    "assignment_withdrawn": "De hulp van een vrijwilliger gaat niet verder. De hulpvraag is nog niet vervuld.",
    "assignment_ended": "De hulp van een vrijwilliger is gestopt.",
    "need_ended": "Voor een hulpvraag is geen vrijwilliger meer nodig.",
    "review_near": "De evaluatie van een plan komt dichterbij.",
    "review_overdue": "De datum van een evaluatie is voorbij. Plan deze opnieuw of leg de uitkomst vast.",
    "action_overdue": "De datum van een afgesproken actie is voorbij.",
    "receipt_overdue": "Een hulpvraag kreeg nog geen ontvangstbevestiging. Neem contact op.",
    "investigation_near": "De termijn voor het onderzoek van een hulpvraag loopt bijna af.",
    "investigation_overdue": "De termijn van zes weken voor het onderzoek van een hulpvraag is voorbij.",
    "waiting_overdue": "Een hulpvraag wacht langer dan is afgesproken.",
    "mail_unknown": "Van een mail is niet zeker of die aankwam. Kies: opnieuw sturen of niet.",
    "mail_refused": "Een mail kon niet worden bezorgd. Klopt het mailadres?",
}

HELP: Mapping[str, str] = {
    "conversation": "een praatje maken",
    "errands": "boodschappen doen",
    "inform": "de weg vinden in informatie en regels",
    "accompany": "samen ergens naartoe gaan",
    "practical": "klusjes in en om het huis",
    "respite": "een mantelzorger ontlasten",
    "admin": "papieren en post",
}

_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip


def day_in_words(moment: datetime) -> str:
    """The day in the Netherlands: `zaterdag 7 november`."""
    local = moment.astimezone(AMSTERDAM)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def moment_in_words(moment: datetime) -> str:
    """Day and time in the Netherlands: `zaterdag 7 november, 9.30 uur`."""
    local = moment.astimezone(AMSTERDAM)
    return f"{day_in_words(moment)}, {local.hour}.{local.minute:02d} uur"


def before_in_words(moment: datetime) -> str:
    """Until when an answer counts: `vóór zaterdag 7 november, 9.30 uur`; at midnight the last day itself."""
    local = moment.astimezone(AMSTERDAM)
    if (local.hour, local.minute) == (0, 0):
        return f"uiterlijk {day_in_words(local - timedelta(hours=1))}"
    return f"vóór {moment_in_words(moment)}"


def team_in_words(team: str) -> str:
    """How people call the team: `WIJ-team Selwerd`."""
    return f"WIJ-team {team.replace('-', ' ').title()}"
