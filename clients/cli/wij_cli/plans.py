"""`wij plans`: what the household wants, what it does itself, and who does the rest."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.api import Json
from wij_cli.shell import Commands, Shell, document

app = Commands(no_args_is_help=True, help="The household's one plan: goals, agreement, actions, reviews, consent.")

Id = Annotated[UUID, Argument(help="the plan")]
CaseId = Annotated[UUID, Argument(help="the case")]
Goals = Annotated[str, Option(help="a JSON file with the list of goals, or - for standard input")]


@app.verb("draft")
async def draft(shell: Shell, case_id: CaseId, goals: Goals) -> None:
    """Write a new version of the plan."""
    shell.one((await shell.api.post("plan", f"/v1/cases/{case_id}/plans", {"goals": document(goals)})).body)


@app.verb("show")
async def show(shell: Shell, plan_id: Id) -> None:
    """One version of a plan."""
    shell.one((await shell.api.get("plan", f"/v1/plans/{plan_id}")).body)


@app.verb("change")
async def change(shell: Shell, plan_id: Id, goals: Goals) -> None:
    """Change a draft; refused when somebody changed it since it was read."""
    read = await shell.api.get("plan", f"/v1/plans/{plan_id}")
    shell.one(
        (await shell.api.put("plan", f"/v1/plans/{plan_id}", {"goals": document(goals)}, version=read.version)).body
    )


@app.verb("agree")
async def agree(
    shell: Shell,
    plan_id: Id,
    by: Annotated[str, Option(help="who agreed")],
    on: Annotated[str, Option(help="the day, such as 2026-11-21")],
    role: Annotated[str, Option(help="such as resident or guardian")] = "resident",
    method: Annotated[str, Option(help="such as at_home, by_phone or in_writing")] = "at_home",
) -> None:
    """Record that the household agreed."""
    body: Json = {"agreed_by": by, "agreed_by_role": role, "method": method, "agreed_on": on}
    shell.one((await shell.api.post("plan", f"/v1/plans/{plan_id}/agreement", body)).body)


@app.verb("refuse")
async def refuse(
    shell: Shell, plan_id: Id, reason: Annotated[str, Option()], note: Annotated[str | None, Option()] = None
) -> None:
    """Record that the household does not want this version."""
    shell.one((await shell.api.post("plan", f"/v1/plans/{plan_id}/refusal", {"reason": reason, "note": note})).body)


@app.verb("activate")
async def activate(
    shell: Shell, plan_id: Id, next_review: Annotated[str, Option(help="a moment, such as 2027-02-01T09:00:00+01:00")]
) -> None:
    """Make it the household's one plan; the version before it is superseded."""
    body: Json = {"next_review_at": next_review}
    shell.one((await shell.api.post("plan", f"/v1/plans/{plan_id}/activation", body)).body)


@app.verb("action")
async def action(
    shell: Shell,
    plan_id: Id,
    goal: Annotated[UUID, Option(help="the goal it serves")],
    what: Annotated[str, Option()],
    due: Annotated[str, Option(help="a moment, such as 2026-12-01T17:00:00+01:00")],
    owner_kind: Annotated[str, Option(help="self, network, volunteer, general_facility or professional")],
    owner: Annotated[UUID | None, Option(help="the worker, where it is one")] = None,
) -> None:
    """Agree who does what before when."""
    body: Json = {"goal_id": str(goal), "what": what, "owner_kind": owner_kind, "due_at": due}
    body["owner_id"] = str(owner) if owner else None
    shell.one((await shell.api.post("plan", f"/v1/plans/{plan_id}/actions", body)).body)


@app.verb("done")
async def done(shell: Shell, action_id: Annotated[UUID, Argument(help="the action")]) -> None:
    """Record that an action was carried out."""
    shell.one((await shell.api.post("plan", f"/v1/actions/{action_id}/completion")).body)


@app.verb("review")
async def review(shell: Shell, plan_id: Id, due: Annotated[str, Option(help="a moment")]) -> None:
    """Plan a moment to look at the plan together."""
    shell.one((await shell.api.post("plan", f"/v1/plans/{plan_id}/reviews", {"due_at": due})).body)


@app.verb("reviewed")
async def reviewed(
    shell: Shell,
    review_id: Annotated[UUID, Argument(help="the review")],
    outcome: Annotated[str, Option(help="continue, adjust or close")],
    next_review: Annotated[str | None, Option(help="a moment")] = None,
    note: Annotated[str | None, Option()] = None,
) -> None:
    """Record what came of a review."""
    body: Json = {"outcome": outcome, "note": note, "next_review_at": next_review}
    shell.one((await shell.api.post("plan", f"/v1/reviews/{review_id}/outcome", body)).body)


@app.verb("consent")
async def consent(
    shell: Shell,
    case_id: CaseId,
    purpose: Annotated[str, Option(help="such as informal_help")],
    recipient: Annotated[str, Option(help="the kind of recipient, such as volunteer")],
    scope: Annotated[list[str], Option(help="what may be shared; may be given more than once")],
    until: Annotated[str, Option(help="a day, such as 2027-11-21")],
    how: Annotated[str, Option(help="how it was given")],
    legal_basis: Annotated[str, Option(help="consent, legal_duty, public_task or vital_interest")] = "consent",
    person: Annotated[UUID | None, Option(help="who gave it")] = None,
) -> None:
    """Record what may be shared, with whom, until when."""
    body: Json = {"legal_basis": legal_basis, "purpose": purpose, "recipient_kind": recipient, "scope": scope}
    body |= {"until": until, "how": how, "person_id": str(person) if person else None}
    shell.one((await shell.api.post("plan", f"/v1/cases/{case_id}/consents", body)).body)


@app.verb("withdraw-consent")
async def withdraw_consent(shell: Shell, consent_id: Annotated[UUID, Argument(help="the consent")]) -> None:
    """Record that it may no longer be shared."""
    shell.one((await shell.api.post("plan", f"/v1/consents/{consent_id}/withdrawal")).body)
