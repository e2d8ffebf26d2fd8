"""The table of promises in the README: `python -m chaos.promises` (`make docs`) writes it from here and `docs/proof/`.

A promise has tests that own it: each fails when the mechanism is taken out. Figures come from the runs that were kept
(`chaos/verdict.py`), each of which says which promises it is about; nobody types them.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import goals
from chaos.verdict import PROOF

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SHOWN = 3
"""Figures of a run that stand in the table; the rest are in its file."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Something a municipality may hold us to."""

    id: str
    words: str
    tests: Sequence[str]
    """Its owners."""


PROMISES: Sequence[Promise] = (
    Promise(
        "P1",
        "A request that we confirmed is never lost, whatever process is killed.",
        (
            "tests/journeys/test_chaos.py::test_nothing_is_lost_doubled_or_turned_round_whatever_happens",
            "tests/shared/test_relay.py::test_a_relay_that_dies_between_two_steps_leaves_neither_a_gap_nor_a_double",
        ),
    ),
    Promise(
        "P2",
        "The same request sent twice is one request and gets the same answer; with other content it is refused.",
        (
            "tests/shared/test_call.py::test_the_same_key_fifty_times_at_once_is_one_effect_and_one_answer",
            "tests/shared/test_call.py::test_the_same_key_with_other_content_is_refused",
        ),
    ),
    Promise(
        "P3",
        "A household never has two directors; a handover is whole; a former director cannot act any more.",
        (
            "tests/plan/test_director_periods.py::test_two_directors_of_a_household_at_one_instant_are_refused",
            "tests/plan/test_handover.py::test_an_offer_accepted_twenty_times_at_once_is_accepted_once",
            "tests/plan/test_handover.py::test_an_act_that_waits_while_the_case_is_handed_over_is_refused",
        ),
    ),
    Promise(
        "P4",
        "A household without a director is seen within a minute, and a named person is told.",
        (
            "tests/intake/test_undirected.py::test_a_request_that_has_no_case_after_a_minute_is_told_once",
            "tests/intake/test_undirected.py::test_twenty_who_look_at_once_tell_it_once",
        ),
    ),
    Promise(
        "P5",
        "Each event takes effect exactly once in each service.",
        (
            "tests/shared/test_reader.py::test_a_reader_that_dies_between_two_steps_applies_nothing_twice",
            "tests/shared/test_reader.py::test_a_reader_that_lost_its_lock_without_knowing_can_write_nothing",
            "tests/shared/test_reader.py::test_a_stream_that_is_deleted_under_load_costs_no_event_and_doubles_none",
        ),
    ),
    Promise(
        "P6",
        "No event is given up silently: it is applied, or set aside with its reason for a person to decide.",
        (
            "tests/shared/test_parking.py::test_an_unknown_version_is_parked_and_never_dropped",
            "tests/shared/test_reader.py::test_a_delivery_that_went_missing_is_noticed_and_read_again",
        ),
    ),
    Promise(
        "P7",
        "One bad message stops no other household.",
        (
            (
                "tests/shared/test_parking.py::"
                "test_an_event_that_cannot_be_applied_is_parked_and_its_household_waits_while_others_go_on"
            ),
        ),
    ),
    Promise(
        "P8",
        "A message goes out at most once by itself; where its fate is unknown, a person decides.",
        (
            "tests/notify/test_sending.py::test_twenty_senders_at_once_send_it_once",
            "tests/notify/test_sending.py::test_a_sender_that_is_killed_while_sending_leaves_it_to_a_person",
        ),
    ),
    Promise(
        "P9",
        "Nobody sees a case they have no part in, and every look is on record: without the record there is no answer.",
        (
            "tests/plan/test_who_sees_what.py::test_with_every_check_in_the_code_off_postgresql_still_hides_the_rows",
            "tests/plan/test_who_sees_what.py::test_without_a_log_row_there_is_no_answer",
            "tests/architecture/test_routes.py::test_every_route_names_its_rule",
        ),
    ),
    Promise(
        "P10",
        "The record of who looked cannot be changed unseen.",
        (
            "tests/shared/test_seals.py::test_a_change_is_seen_with_its_place",
            "tests/shared/test_seals.py::test_who_forges_one_seal_breaks_the_next",
            "tests/shared/test_seals.py::test_a_record_cut_short_with_its_seals_is_found_by_what_was_written_down",
        ),
    ),
    Promise(
        "P11",
        "An update breaks no running case: every release's events and database are understood by later ones.",
        (
            "tests/compat/test_databases_of_releases.py::test_this_code_starts_on_it_and_finishes_the_case_under_way",
            "tests/compat/test_events_of_releases.py::test_an_event_type_that_was_published_changes_by_addition_only",
        ),
    ),
    Promise(
        "P12",
        "What a service remembers of others equals what their logs say, row by row.",
        ("tests/journeys/test_examples.py::test_each_projection_of_each_service_equals_its_rebuild",),
    ),
    Promise(
        "P13",
        "An update takes no request away.",
        (
            "tests/shared/test_keeper.py::test_an_update_under_a_stream_of_requests_fails_none_of_them",
            "tests/shared/test_keeper.py::test_a_new_process_that_does_not_get_ready_leaves_the_old_one_serving",
            (
                "tests/shared/test_keeper.py::"
                "test_a_client_that_was_connected_is_answered_once_more_and_everybody_else_by_the_new_process"
            ),
            "tests/shared/test_call.py::test_a_table_that_a_migration_changes_meanwhile_is_no_mistake_of_the_old_code",
        ),
    ),
    Promise(
        "P14",
        "The database's machine can be lost, and nothing that was accepted with it; a stream can be lost at any time.",
        (
            "tests/shared/test_adoption.py::test_a_reader_applies_nothing_of_a_lost_past",
            "tests/shared/test_relay.py::test_a_deleted_or_rolled_back_stream_is_filled_with_the_same_numbers_under_load",
        ),
    ),
    Promise(
        "P15",
        "Too much at once makes WIJ slow, not wrong: beyond the limit it says so, and nothing of it is written.",
        (
            "tests/shared/test_admission.py::test_at_the_limit_the_next_is_refused_and_nothing_of_it_is_written",
            "tests/shared/test_admission.py::test_a_slow_database_refuses_who_stands_in_line_instead_of_piling_up",
        ),
    ),
    Promise(
        "P16",
        "What cannot be checked is refused: without the identity provider's keys nobody gets in.",
        ("tests/shared/test_tokens.py::test_without_the_providers_keys_nobody_gets_in",),
    ),
    Promise(
        "P17",
        "What must be forgotten is gone everywhere after its term.",
        (
            "tests/intake/test_erasure.py::test_of_a_question_that_ended_nothing_is_left_after_a_year",
            "tests/plan/test_erasure.py::test_of_what_a_case_said_nothing_is_left_after_fifteen_years",
            "tests/matching/test_erasure.py::test_of_a_volunteer_nothing_is_left_after_two_years_of_pause",
        ),
    ),
)


def kept(folder: Path = PROOF) -> Sequence[Mapping[str, Any]]:
    """The last kept run of every program, by name."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def table(runs: Sequence[Mapping[str, Any]]) -> str:
    """The promises, who owns each, and what the last runs found, with the figures of a run at its first promise."""
    rows = [f"| {one.id} | {one.words} | {_owners(one)} | {_runs(one, runs)} |" for one in PROMISES]
    return "\n".join(["| | promise | owned by | last runs |", "| --- | --- | --- | --- |", *rows]) + "\n"


def _owners(promise: Promise) -> str:
    return "<br>".join(
        f"[{name.removeprefix('test_').replace('_', ' ')}]({path})"
        for path, _, name in (test.partition("::") for test in promise.tests)
    )


def _runs(promise: Promise, runs: Sequence[Mapping[str, Any]]) -> str:
    about = [run for run in runs if promise.id in run["promises"]]
    mine = [run for run in about if promise.id == run["promises"][0]]
    others = ", ".join(_outcome(run) for run in about if run not in mine)
    return "<br>".join([*map(_run, mine), *([others] if others else [])]) or "its tests, at every change"


def _run(run: Mapping[str, Any]) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in [*run["figures"].items()][:SHOWN])
    day, commit = run["run"]["at"][:10], run["run"]["commit"]
    return f"{_outcome(run)} {day}, `{commit}`" + (f": {figures}" if figures else "")


def _outcome(run: Mapping[str, Any]) -> str:
    link = f"[{run['name']}](docs/proof/{run['name']}.json)"
    return f"✓ {link}" if run["passed"] else f"✗ {len(run['violations'])} violations, {link}"


def documents() -> Mapping[Path, str]:
    """The README with its tables as they should be."""
    text = README.read_text()
    for what, made in (("promises", table(kept())), ("speed", goals.table(kept()))):
        opening, closing = f"<!-- {what}: written by `make docs` -->\n", f"<!-- end of {what} -->\n"
        before, begin, rest = text.partition(opening)
        _, end, after = rest.partition(closing)
        if not end:
            raise ValueError(f"the README has lost its place for the {what}: {opening.strip()} … {closing.strip()}")
        text = f"{before}{begin}{made}{end}{after}"
    return {README.relative_to(ROOT): text}


def main() -> None:
    """Write it."""
    for path, text in documents().items():
        (ROOT / path).write_text(text)
        sys.stdout.write(f"the tables of promises and of speed in {path}\n")


if __name__ == "__main__":
    main()
