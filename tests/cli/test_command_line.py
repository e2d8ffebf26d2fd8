"""`wij` as a person types it, on a whole system."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import pytest

from examples.subscriber import follow
from tests.cli.conftest import MUNICIPALITY, Here, Wij
from wij.cast import CAST
from wij.embedded import free_port

HEADER = "kenmerk;kanaal;voornaam;achternaam;postcode;huisnummer;vraag\n"


def test_the_token_is_readable_by_nobody_else(city: Wij, home: Path) -> None:
    run = city("login", "samira")
    assert run.code == 0
    assert (home / "wij/token").stat().st_mode & 0o777 == 0o600
    who = city("whoami", "--json").json
    assert (who["id"], who["roles"], who["team"]) == (str(CAST["samira"].id), ["worker"], "selwerd")


def test_somebody_who_is_not_of_the_cast_hears_who_is(city: Wij) -> None:
    run = city("login", "sinterklaas")
    assert run.code == 1
    assert "samira" in run.err


def test_json_may_be_asked_before_or_after_the_command(city: Wij) -> None:
    assert city("--json", "whoami").json == city("whoami", "--json").json


def test_without_signing_in_a_sentence_says_what_to_do(city: Wij, home: Path) -> None:
    (home / "wij/token").unlink()
    run = city("cases", "list")
    assert run.code == 1
    assert "wij login NAME" in run.err


def test_every_field_that_is_wrong_is_told_at_once(city: Wij) -> None:
    city("login", "sip")
    run = city(
        "requests", "register", "--channel", "stip", "--postcode", "12", "--house-number", "0", "--question", "?"
    )
    assert run.code == 1
    assert run.out == ""
    assert "postcode: " in run.err
    assert "house_number: " in run.err


def test_what_a_role_may_not_do_is_refused_in_words(city: Wij) -> None:
    city("login", "sip")
    run = city("cases", "list")
    assert (run.code, run.err) == (1, "Your role does not allow you to list cases.\n")
    refused = city("cases", "list", "--json")
    assert json.loads(refused.err)["status"] == 403


def test_a_request_goes_from_the_desk_to_a_case_by_commands_alone(city: Wij) -> None:
    city("login", "sip")
    address = ("--postcode", "9999FH", "--house-number", 77)
    receipt = city("requests", "register", "--json", "--channel", "stip", *address, "--question", "Wie helpt mij?").json
    city("login", "samira")
    request = receipt["request_id"]
    assert receipt["team"] == "selwerd"
    assert city("requests", "clarify", request, "--urgency", "normal", "--topic", "ageing").code == 0
    assert city("requests", "safety", request, "none").code == 0
    household = city("households", "register", "--json", *address, "--member", "Saar;Maanlaar").json["household_id"]
    assert city("requests", "accept", request, "--household", household, "--json").json["state"] == "accepted"
    assert household in city("households", "search", *address).out


def test_the_story_of_a_household_is_told_by_whoever_still_knows_it(city: Wij) -> None:
    """One without a case is known to intake only; of one that nobody knows there is no story."""
    city("login", "samira")
    address = ("--postcode", "9999FH", "--house-number", 78)
    household = city("households", "register", "--json", *address, "--member", "Saar;Maanlaar").json["household_id"]
    assert "Het huishouden staat nu" in city("timeline", household).out
    assert city("timeline", uuid4()).code == 1


def test_a_command_that_is_not_understood_ends_with_2(city: Wij) -> None:
    assert city("requests", "register").code == 2
    assert city("cases", "close", uuid4(), "--reason", "goals_reached", "--goal", "this one").code == 2
    assert city("import", "requests", "absent.csv").code == 2


def test_when_nothing_answers_the_exit_code_says_so(wij: Wij, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIJ_URL", f"http://127.0.0.1:{free_port()}")
    run = wij("requests", "list")
    assert run.code == 3
    assert "Nothing answers at http://127.0.0.1:" in run.err


def test_an_import_that_runs_again_changes_nothing(city: Wij) -> None:
    first = city("import", "contacts", MUNICIPALITY / "contacts.csv")
    assert (first.code, first.out) == (0, "contacts.csv: 10 new.\n")
    for kind, count in (("areas", 126), ("workers", 23), ("contacts", 10)):
        assert city("import", kind, MUNICIPALITY / f"{kind}.csv", "--json").json == {"same": count, "bad": []}


def test_the_list_of_cbs_leaves_our_places_where_they_are(city: Wij, tmp_path: Path) -> None:
    file = tmp_path / "cbs.csv"
    file.write_text(
        "kind,code,name,gemeente,parent_wijk\n"
        "buurt,BU00140202,Selwerd,Groningen,WK001402\n"
        "wijk,WK001402,Wijk 02 Oranjewijk,Groningen,\n"
    )
    assert city("import", "areas", file, "--json").json == {"same": 1, "bad": []}


def test_good_rows_go_in_and_bad_rows_are_told_by_line(city: Wij, tmp_path: Path) -> None:
    city("login", "sip")
    desk, file = uuid4().hex[:8], tmp_path / "desk.csv"
    good = f"{desk}-1;stip;Saar;Maanlaar;9999FH;12;Wie helpt mij?\n"
    too_long = f"{desk}-4;stip;Saar;Maanlaar;9999FH;12;{'lang' * 1001}\n"
    file.write_text(
        HEADER + good + f"{desk}-2;fax;Saar;Maanlaar;9999FH;12;?\n" + f"{desk}-3;cjg;;;9999FH;12;?\n" + too_long,
        "utf-8-sig",
    )
    run = city("import", "requests", file)
    assert run.code == 1
    assert run.out == "desk.csv: 1 new, 3 not good.\n"
    lines = run.err.splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == ["line 3", "line 4", "line 5"]
    assert "question" in lines[2]
    assert lines[-1] == "3 rows are not in."
    assert city("import", "requests", file, "--json").json["same"] == 1

    file.write_text(HEADER + good.replace("Saar", "Sara"))
    changed = city("import", "requests", file, "--json")
    assert changed.code == 1
    assert "is in already, with other content" in changed.json["bad"][0]["reason"]


def test_volunteers_go_in_by_their_own_coordinator_only(city: Wij, tmp_path: Path) -> None:
    remark, header, first, *_ = (MUNICIPALITY / "volunteers.csv").read_text("utf-8").splitlines(keepends=True)
    file = tmp_path / "volunteers.csv"
    file.write_text(remark + header + first)
    city("login", "willem")
    refused = city("import", "volunteers", file)
    assert (refused.code, refused.out) == (1, "")
    city("login", "hanneke")
    assert city("import", "volunteers", file, "--json").json == {"new": 1, "bad": []}
    assert city("import", "volunteers", file, "--json").json == {"same": 1, "bad": []}


def test_the_doctor_finds_a_healthy_system_healthy(city: Wij) -> None:
    run = city("doctor")
    assert run.code == 0, run.out
    assert "ready at" in run.out
    assert run.out.count("no parked events") == 4
    assert "WIJ_MODE is development" in run.out


def test_the_doctor_says_what_does_not_answer(wij: Wij, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIJ_URL", f"http://127.0.0.1:{free_port()}")
    run = wij("doctor")
    assert run.code == 1
    assert "nothing answers" in run.out


def test_nothing_is_parked_and_what_is_not_there_cannot_be_shown(city: Wij) -> None:
    assert city("events", "parked").out == "Nothing is parked.\n"
    assert city("events", "show", "plan", "intake", 1).code == 1


def test_events_are_followed_live_from_any_position(city: Wij) -> None:
    run = city("events", "tail", "--from", 1, "--service", "intake", "--type", "team.activated", "--count", 2, "--json")
    assert run.code == 0, run.err
    first, second = (json.loads(line) for line in run.out.splitlines())
    assert first["type"] == second["type"] == "nl.wij.intake.team.activated.v1"
    assert first["position"] < second["position"]
    one = city("events", "tail", "--from", 1, "--team", "selwerd", "--service", "intake", "--count", 1)
    assert "· selwerd ·" in one.out


def test_following_where_nats_does_not_answer_ends_with_3(city: Wij) -> None:
    assert city("events", "tail", "--nats", f"nats://127.0.0.1:{free_port()}").code == 3


def test_the_example_subscriber_goes_on_where_it_was(city: Wij, here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    city("login", "sip")
    address = ("--postcode", "9999FI", "--house-number", 78)
    for _ in range(2):
        city("requests", "register", "--channel", "stip", *address, "--question", "Wie helpt mij?")
    heard = []
    for _ in range(2):
        asyncio.run(asyncio.wait_for(follow("paddepoel", here.nats, 1, stream="INTAKE"), 30))
        heard.append(capsys.readouterr().out)
    positions = [int(line.split()[0]) for text in heard for line in text.splitlines()]
    assert positions == sorted(set(positions))
    assert len(positions) == 2
    assert "missing" not in "".join(heard)
