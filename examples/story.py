"""One household's story, from a question at the Stip to a closed case, through the HTTP API and nothing else.

    ending = await play("http://127.0.0.1:8000", mail=Path(".wij/mail"), tell=print)

Everybody in it is of the cast or invented. A step that does not happen raises `StepFailed` (or a refusal) and ends it.
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import httpx

from examples.places import postcodes
from examples.plot import TEAM, Ending, Plot, ending, later, login, somebody, team, today
from examples.stage import Stage, StepFailed, Tell, positions_now
from wij_cli.api import Api, Json
from wij_cli.refusals import Refused
from wij_cli.week import blocks

BUURT = "Selwerd"
HANDED_OVER = "U hebt een nieuwe vaste contactpersoon bij het WIJ-team"
QUESTION = (
    "Sinds ik alleen ben, kom ik bijna de deur niet uit. Mijn knie wil niet meer en boodschappen zijn mij "
    "te zwaar. Ik red me verder goed. Het zou fijn zijn als er eens iemand met mij mee wil lopen naar de winkel."
)
GOALS: Sequence[Json] = (
    {
        "wish": "Ik wil elke week zelf mijn boodschappen uitzoeken.",
        "life_domain": "daily_life",
        "own_strength": "Ik maak het lijstje en betaal zelf. Kleine dingen haal ik om de hoek.",
        "network": "Mijn nicht neemt één keer per maand de zware dingen mee.",
        "executor_kind": "volunteer",
    },
    {
        "wish": "Ik wil weer eens onder de mensen zijn.",
        "life_domain": "social_network",
        "own_strength": "Ik kan goed haken en wil dat best aan een ander leren.",
        "network": "Mijn buurvrouw gaat op woensdag naar de koffieochtend en haalt mij op.",
        "executor_kind": "network",
    },
)


async def play(base_url: str, *, mail: Path, tell: Tell) -> Ending:
    """Play it from beginning to end on a system that has the example municipality; any number of times."""
    async with Stage(base_url, mail, tell) as stage:
        admin = await stage.person("ferd")
        before = await positions_now(admin)
        plot = Plot(stage, somebody())
        plot.roles[plot.who["email"]] = "het huishouden"
        await _a_question_at_the_stip(plot)
        await _one_household_one_director(plot)
        await _one_plan(plot)
        await _a_need(plot)
        await _a_no_and_a_yes(plot)
        await _the_first_visit(plot)
        await _the_director_falls_ill(plot)
        await _handover(plot)
        await _review_and_close(plot)
        return await ending(plot, admin, before)


async def _a_question_at_the_stip(plot: Plot) -> None:
    front_office, samira = await plot.stage.person("sip"), await plot.stage.person("samira")
    postcode = next(code for code, buurt in postcodes().items() if buurt.name == BUURT)
    address: Json = {"postcode": postcode, "house_number": Random().randint(300, 9_999)}  # any will do
    asked: Json = {"channel": "stip", "question": QUESTION, **address}
    asked["requester"] = {"anonymous": False, "relation": "self", **plot.who}
    receipt = (await front_office.post("intake", "/v1/requests", asked)).body
    plot.request_id = receipt["request_id"]
    plot.stage.tell(f"{plot.name} komt bij het Stip. De vraag ligt meteen bij het team van {BUURT}.")
    mail = await plot.stage.mail_to(plot.who["email"], "De ontvangstbevestiging")
    plot.stage.tell(f'Er komt meteen bericht: "{mail.subject}".')

    at = f"/v1/requests/{plot.request_id}"
    words = (await samira.get("intake", at)).body
    if words["question"] != QUESTION:
        raise StepFailed("De vraag staat er niet in de eigen woorden.")
    plot.stage.tell(f"Samira leest de vraag, in de eigen woorden van {plot.name}.")
    clear: Json = {"topics": ["ageing"], "life_domains": ["daily_life", "social_network"], "urgency": "normal"}
    await samira.post("intake", f"{at}/clarification", {**clear, "note": "Aan de keukentafel gesproken."})
    await samira.post("intake", f"{at}/safety-check", {"result": "none"})
    plot.stage.tell("Samira zoekt de vraag achter de vraag en kijkt naar zorg en veiligheid: geen zorgen.")
    alike = await samira.look("intake", f"{at}/household-suggestions")
    known = "Er lijkt een huishouden op, maar dit is een ander" if alike else "Dit huishouden kennen we nog niet"
    plot.stage.tell(f"{known}. Samira schrijft het in.")
    household = (await samira.post("intake", "/v1/households", {**address, "members": [plot.who]})).body
    plot.household_id = household["household_id"]
    accepted: Json = {"household_id": plot.household_id, "legal_basis": "public_task"}
    await samira.post("intake", f"{at}/acceptance", accepted)
    plot.stage.tell("Het team neemt de vraag aan voor dit huishouden.")


async def _one_household_one_director(plot: Plot) -> None:
    samira = await plot.stage.person("samira")

    async def case() -> Json:
        card: Json = (await samira.get("plan", f"/v1/households/{plot.household_id}/case")).body
        return card

    async def request_ended() -> Json | None:
        row: Json = (await samira.get("intake", f"/v1/requests/{plot.request_id}")).body
        return row if row["state"] == "case_opened" else None

    card = await plot.stage.until("De casus wordt geopend", case)
    plot.case_id = card["case_id"]
    plot.director = (await team(plot))[card["director_id"]]
    await plot.stage.until("De vraag is een casus geworden", request_ended)
    plot.stage.tell(f"Eén huishouden, één casus, één regisseur: {plot.director['name']}.")
    plot.roles[plot.director["email"]] = "de regisseur"
    director = await plot.directing()

    async def household_seen() -> Json:
        household: Json = (await director.get("intake", f"/v1/households/{plot.household_id}")).body
        return household

    await plot.stage.until("De regisseur ziet het huishouden", household_seen)


async def _one_plan(plot: Plot) -> None:
    director = await plot.directing()
    draft = (await director.post("plan", f"/v1/cases/{plot.case_id}/plans", {"goals": list(GOALS)})).body
    plot.stage.tell(f"Samen aan tafel: een plan met twee doelen. Eerst wat {plot.name} zelf kan, en wie er al helpt.")
    at = f"/v1/plans/{draft['plan_id']}"
    agreement: Json = {"agreed_by": plot.name, "agreed_by_role": "resident", "method": "at_home"}
    await director.post("plan", f"{at}/agreement", {**agreement, "agreed_on": today()})
    plot.plan = (await director.post("plan", f"{at}/activation", {"next_review_at": later(days=56)})).body
    plot.stage.tell(f"{plot.name} is het eens met het plan. Het gaat vandaag in.")


async def _a_need(plot: Plot) -> None:
    director = await plot.directing()
    consent: Json = {"legal_basis": "consent", "purpose": "informal_help", "recipient_kind": "volunteer"}
    consent |= {
        "scope": ["support_need", "first_name", "phone"],
        "until": today(days=365),
        "how": "Aan tafel gezegd",
    }
    given = (await director.post("plan", f"/v1/cases/{plot.case_id}/consents", consent)).body
    plot.stage.tell(f"{plot.name} zegt wat wij met een vrijwilliger mogen delen, en tot wanneer.")
    action: Json = {
        "goal_id": plot.plan["goals"][0]["goal_id"],
        "what": "Samen naar de winkel",
        "owner_kind": "volunteer",
    }
    agreed = (
        await director.post("plan", f"/v1/plans/{plot.plan['plan_id']}/actions", {**action, "due_at": later(days=28)})
    ).body
    need: Json = {"consent_id": given["consent_id"], "kind": "errands", "availability": blocks("di 9-15, do 12-18, za")}
    need |= {"hours_week": 2, "language": "nl", "certificate_required": True, "starts_on": today()}
    asked = (await director.post("plan", f"/v1/actions/{agreed['action_id']}/support-need", need)).body
    plot.need_id = asked["need_id"]
    plot.stage.tell("We vragen de buurt: twee uur per week samen boodschappen doen.")


async def _a_no_and_a_yes(plot: Plot) -> None:
    hanneke, director = await plot.stage.person("hanneke"), await plot.directing()

    async def candidates() -> Sequence[Json] | None:
        """Of her own team: a volunteer of another team is asked through that team's coordinator."""
        found: Sequence[Json] = (await hanneke.get("matching", f"/v1/needs/{plot.need_id}/candidates")).body["items"]
        return [candidate for candidate in found if candidate["team"] == TEAM] or None

    async def need_open() -> Json | None:
        need: Json = (await hanneke.get("matching", f"/v1/needs/{plot.need_id}")).body
        return need if need["state"] == "open" else None

    first, *_ = await plot.stage.until("Er zijn vrijwilligers die passen", candidates)
    why = ", ".join(reason[0].lower() + reason[1:] for reason in first["reasons"])
    plot.stage.tell(f"Hanneke vraagt {first['given_name']}: {why}.")
    await _propose(plot, hanneke, first)
    await _answer_by_link(plot, first, "decline")
    await plot.stage.until("De vraag staat weer open", need_open)
    plot.stage.tell(f"{first['given_name']} zegt nee, via de link in de mail. Dat mag. De vraag staat weer open.")

    second, *_ = await plot.stage.until("Er is nog iemand die past", candidates)
    if second["volunteer_id"] == first["volunteer_id"]:
        raise StepFailed("Wie nee zei, werd opnieuw voorgesteld.")
    await _propose(plot, hanneke, second)
    await _answer_by_link(plot, second, "accept")
    plot.stage.tell(f"{second['given_name']} zegt ja, via de link in de mail.")

    async def director_says_yes() -> Json:
        answer: Json = {"answer": "accept"}
        return dict((await director.post("matching", f"/v1/matches/{plot.match_id}/household-answer", answer)).body)

    match = await plot.stage.until("Het huishouden antwoordt", director_says_yes)
    if match["state"] != "matched":
        raise StepFailed("Na twee keer ja is er nog geen koppeling.")
    to_volunteer = await plot.stage.mail_about(second["mail"].to, "U kunt kennismaken", "De mail aan de vrijwilliger")
    if plot.name not in to_volunteer.text or str(plot.who["phone"]) not in to_volunteer.text:
        raise StepFailed("De vrijwilliger hoort na twee keer ja de voornaam en het telefoonnummer niet.")
    to_household = await plot.stage.mail_about(plot.who["email"], "Er is een vrijwilliger voor u", "De mail aan huis")
    if match["given_name"] not in to_household.text:
        raise StepFailed("Het huishouden hoort na twee keer ja de voornaam niet.")
    plot.stage.tell(f"{plot.name} zegt ook ja. Nu pas horen zij van elkaar wie het is: {match['given_name']}.")


async def _propose(plot: Plot, hanneke: Api, candidate: Json) -> None:
    volunteer_id: str = candidate["volunteer_id"]
    volunteer = (await hanneke.get("matching", f"/v1/volunteers/{volunteer_id}")).body
    plot.roles[volunteer["email"]] = "een vrijwilliger"
    earlier = len(plot.stage.post.to(volunteer["email"]))
    body: Json = {"volunteer_id": volunteer_id}
    match = (await hanneke.post("matching", f"/v1/needs/{plot.need_id}/proposals", body)).body
    plot.match_id = match["match_id"]
    candidate["mail"] = await plot.stage.mail_to(volunteer["email"], "De mail aan de vrijwilliger", earlier)


async def _answer_by_link(plot: Plot, candidate: Json, answer: str) -> None:
    """As a person would: open the mail, open the page, press a button. No account is needed."""
    link = candidate["mail"].link()
    async with httpx.AsyncClient(timeout=30) as browser:
        page = await browser.get(link)
        if page.status_code != 200 or plot.who["email"] in page.text or plot.name in page.text:
            raise StepFailed("De pagina voor de vrijwilliger klopt niet.")
        said = await browser.post(link, data={"answer": answer})
        if said.status_code != 200:
            raise StepFailed(f"Het antwoord van de vrijwilliger kwam niet aan ({said.status_code}).")


async def _the_first_visit(plot: Plot) -> None:
    hanneke = await plot.stage.person("hanneke")
    at = f"/v1/matches/{plot.match_id}"
    await hanneke.post("matching", f"{at}/introduction", {"introduced_on": today()})
    plot.stage.tell(f"De eerste keer koffie: {plot.name} en de vrijwilliger maken kennis.")
    await hanneke.post("matching", f"{at}/activation", {"starts_on": today()})
    plot.stage.tell("Het klikt. De hulp begint.")


async def _the_director_falls_ill(plot: Plot) -> None:
    karin, away = await plot.stage.person("karin"), plot.director
    plot.deputy, plot.absence_id = await _somebody_who_is_there(plot, karin)
    plot.roles[plot.deputy["email"]] = "een collega"
    try:
        plot.stage.tell(f"{away['name']} is ziek. {plot.deputy['name']} neemt waar; wie regisseur is, blijft dat.")
        acting = await plot.stage.person(login(plot.deputy))
        action: Json = {"goal_id": plot.plan["goals"][1]["goal_id"], "what": "Mee naar de eerste koffieochtend"}
        action |= {"owner_kind": "professional", "owner_id": plot.deputy["worker_id"], "due_at": later(days=7)}
        agreed = (await acting.post("plan", f"/v1/plans/{plot.plan['plan_id']}/actions", action)).body
        await acting.post("plan", f"/v1/actions/{agreed['action_id']}/completion")
        plot.stage.tell(f"{plot.deputy['name']} gaat één keer mee naar de koffieochtend.")
    finally:
        await karin.post("plan", f"/v1/absences/{plot.absence_id}/end")
    plot.stage.tell(f"{away['name']} is er weer.")


async def _somebody_who_is_there(plot: Plot, karin: Api) -> tuple[Json, str]:
    """A colleague who can stand in, and the absence they stand in for."""
    for colleague in (await team(plot)).values():
        if colleague == plot.director:
            continue
        absence: Json = {"worker_id": plot.director["worker_id"], "deputy_id": colleague["worker_id"]}
        try:
            recorded = (await karin.post("plan", "/v1/absences", {**absence, "ends_at": later(minutes=5)})).body
        except Refused as refusal:
            if refusal.code != "deputy-is-absent":
                raise
        else:
            return colleague, recorded["absence_id"]
    raise StepFailed("Niemand van het team kan waarnemen.")


async def _handover(plot: Plot) -> None:
    director, before, after = await plot.directing(), plot.director, plot.deputy
    offer: Json = {"to_id": after["worker_id"], "note": "Ik ga minder werken. Jullie kennen elkaar al."}
    offered = (await director.post("plan", f"/v1/cases/{plot.case_id}/handovers", offer)).body
    plot.stage.tell(f"{before['name']} vraagt {after['name']} om de regie over te nemen.")
    colleague = await plot.stage.person(login(after))
    waiting = await colleague.list("plan", "/v1/handovers", to="me")
    if offered["handover_id"] not in {item["handover_id"] for item in waiting}:
        raise StepFailed("De overdracht staat niet op de lijst van de collega.")
    await colleague.post("plan", f"/v1/handovers/{offered['handover_id']}/acceptance")
    plot.director = after
    await plot.stage.mail_about(plot.who["email"], HANDED_OVER, "De mail over de overdracht")
    seen = (await director.get("plan", f"/v1/cases/{plot.case_id}")).body
    if "plans" in seen:
        raise StepFailed("Wie de regie overdroeg, ziet het hele dossier nog.")
    plot.stage.tell(f"{after['name']} zegt ja en is nu de regisseur. {before['name']} ziet het dossier niet meer.")


async def _review_and_close(plot: Plot) -> None:
    director, hanneke = await plot.directing(), await plot.stage.person("hanneke")
    plan = (await director.get("plan", f"/v1/plans/{plot.plan['plan_id']}")).body
    review = next(review for review in plan["reviews"] if review["state"] == "planned")
    held: Json = {"outcome": "close", "note": "De weg en de mensen zijn nu bekend."}
    await director.post("plan", f"/v1/reviews/{review['review_id']}/outcome", held)
    plot.stage.tell("Samen kijken zij terug op het plan. De hulp kan stoppen.")
    goals = [{"goal_id": goal["goal_id"], "outcome": "reached"} for goal in plan["goals"]]
    closure: Json = {"reason": "goals_reached", "goals": goals, "note": "Het lukt weer zelf."}
    await director.post("plan", f"/v1/cases/{plot.case_id}/closure", closure)
    plot.stage.tell("De casus is gesloten. Beide doelen zijn gehaald.")

    async def help_ended() -> Json | None:
        match: Json = (await hanneke.get("matching", f"/v1/matches/{plot.match_id}")).body
        return match if match["state"] == "ended" else None

    await plot.stage.until("De hulp van de vrijwilliger stopt mee", help_ended)
    plot.stage.tell("Wat aan de casus hing, is ook gestopt: de uren van de vrijwilliger zijn weer vrij.")
