"""Reading other people's files: what is forgiven, and what is told with its line."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wij_cli.imports import areas, requests, volunteers, workers
from wij_cli.imports.outcome import Bad
from wij_cli.imports.rows import read, rows
from wij_cli.imports.sending import key
from wij_cli.refusals import Misused

HEADER = "kenmerk;kanaal;anoniem;voornaam;achternaam;relatie;geboortedatum;postcode;huisnummer;vraag\n"
GOOD = "V-1;stip;nee;Saar;Maanlaar;zelf;21-11-1950;9999 fh;12;Wie helpt mij?\n"


def test_semicolons_a_byte_order_mark_and_windows_line_ends_are_forgiven(tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    file.write_bytes(b"\xef\xbb\xbf" + (HEADER + GOOD).replace("\n", "\r\n").encode())
    asks, bad = requests.parse(read(file))
    assert bad == []
    assert asks[0].reference == "V-1"
    assert asks[0].body["postcode"] == "9999FH"
    assert asks[0].body["requester"]["birth_date"] == "1950-11-21"


def test_commas_give_the_same_requests_as_semicolons() -> None:
    by_semicolon, _ = requests.parse(HEADER + GOOD)
    by_comma, _ = requests.parse((HEADER + GOOD).replace(";", ","))
    assert by_comma == by_semicolon


def test_every_bad_row_is_told_with_its_line_and_the_good_ones_stay() -> None:
    text = (
        "# export of today\n"
        + HEADER
        + GOOD
        + "V-2;fax;nee;Saar;Maanlaar;zelf;;9999FH;12;Wie helpt mij?\n"
        + "\n"
        + 'V-3;stip;ja;;;;;9999FH;12;"Een vraag\nop twee regels"\n'
        + "V-4;stip;nee;;Maanlaar;zelf;;9999FH;12;Wie helpt mij?\n"
        + "V-5;stip;nee;Saar;Maanlaar;zelf;31-02-1950;9999FH;12;Wie helpt mij?\n"
        + "V-6;stip;nee;Saar;Maanlaar;zelf;;9999FH;twaalf;Wie helpt mij?\n"
        + "V-7;stip;nee;Saar\n"
    )
    asks, bad = requests.parse(text)
    assert [ask.reference for ask in asks] == ["V-1", "V-3"]
    assert asks[1].line == 6
    assert asks[1].body["question"] == "Een vraag\nop twee regels"
    assert {row.line: row.reason for row in bad} == {
        4: 'kanaal is "fax"; write one of: stip, cjg, zorgloket, website, wij-locatie, partner, signaal',
        8: "voornaam is empty",
        9: 'geboortedatum is "31-02-1950"; write a date, such as 21-11-2026',
        10: 'huisnummer is "twaalf"; write a whole number',
        11: "has 4 cells where the first line has 10",
    }


def test_an_anonymous_asker_stays_unknown_also_when_the_file_names_them() -> None:
    asks, _ = requests.parse(HEADER + GOOD.replace(";nee;", ";ja;"))
    assert asks[0].body["requester"] == {"anonymous": True}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "kenmerk, kanaal, postcode, huisnummer, vraag"),
        ("kenmerk;kanaal;postcode\n", "huisnummer, vraag"),
        (HEADER.replace("vraag", "vraag;Vraag"), "names a column twice: vraag"),
    ],
)
def test_a_file_without_its_columns_is_not_read_at_all(text: str, sentence: str) -> None:
    with pytest.raises(Misused, match=sentence):
        requests.parse(text)


def test_a_file_that_is_not_utf_8_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "oud.csv"
    file.write_bytes("naam;café".encode("latin-1"))
    with pytest.raises(Misused, match="CSV UTF-8"):
        read(file)
    with pytest.raises(Misused, match="cannot be read"):
        read(tmp_path / "absent.csv")


def test_the_list_of_cbs_goes_in_as_it_is() -> None:
    text = (Path(__file__).parents[2] / "examples/municipality/cbs_2014_utrecht.csv").read_text("utf-8")
    found, bad = areas.parse(text)
    assert bad == []
    assert (len(found.buurten), len(found.teams), len(found.postcodes)) == (111, 0, 0)
    assert found.buurten[0].body == {
        "code": "BU03440111",
        "name": "Welgelegen. Den Hommel",
        "wijk": "Wijk 01 West",
        "municipality": "Utrecht",
    }


def test_our_own_rows_and_columns_stand_beside_those_of_cbs() -> None:
    found, bad = areas.parse(
        "kind,code,name,gemeente,parent_wijk,team,x,y,active_from,fallback,parent_buurt\n"
        "team,stad,WIJ Stad,,,,,,2015-01-01,,\n"
        "team,selwerd,WIJ Selwerd,,,,,,01-01-2015,stad,\n"
        "buurt,BU00140202,Selwerd,Groningen,,selwerd,232600,584000,,,\n"
        "postcode,9999 fh,verzonnen,,,,,,,,BU00140202\n"
        "straat,1,Straat,,,,,,,,\n"
        "buurt,BU00140203,Paddepoel-Zuid,Groningen,WK001402,,,,,,\n"
        "team,oost,WIJ Oost,,,,,,,,\n"
    )
    assert [ask.body["active_from"] for ask in found.teams] == ["2015-01-01T00:00:00Z"] * 2
    assert [ask.reference for ask in found.answering["selwerd"]] == ["BU00140202"]
    assert found.postcodes[0].body == {"postcode": "9999FH", "buurt": "BU00140202"}
    assert bad == [
        Bad(6, 'kind is "straat"; write wijk, buurt, team or postcode'),
        Bad(7, "parent_wijk WK001402 is not in this file"),
        Bad(8, "active_from is empty"),
    ]


def test_a_volunteer_organisation_writes_dutch_words() -> None:
    person = "kenmerk;voornaam;achternaam;email;team;buurt;"
    offer = "afstand_km;soorten;talen;beschikbaar;uren_per_week;vog_geldig_tot\n"
    who = "Iris;Maanlaar;i@post.example;Selwerd;BU00140202"
    asks, bad = volunteers.parse(
        person
        + offer
        + f"VW-1;{who};2,5;Praatje, mantelzorger ontlasten;Nederlands;di 9-15, za;2;01-06-2031\n"
        + f"VW-2;{who};ver;praatje;nederlands;di;2;\n"
        + f"VW-3;{who};2;toveren;nederlands;di;2;\n"
        + f"VW-4;{who};2;praatje;nederlands;soms;2;\n"
    )
    (ask,) = asks
    assert ask.body["kinds"] == ["conversation", "respite"]
    assert ask.body["max_distance_m"] == 2500
    assert ask.body["availability"] == [{"day": 1, "from": 9, "to": 15}, {"day": 5, "from": 9, "to": 21}]
    assert ask.body["certificate_valid_until"] == date(2031, 6, 1).isoformat()
    assert [row.line for row in bad] == [3, 4, 5]
    assert "kilometres" in bad[0].reason
    assert "praatje, boodschappen" in bad[1].reason
    assert "beschikbaar" in bad[2].reason


def test_a_worker_is_known_by_the_subject_of_their_account() -> None:
    header = "id,name,email,team,roles,caseload_limit\n"
    asks, bad = workers.parse(
        header
        + "E26BC931-6931-54E1-8A41-948A1B563EF8,Samira,s@wij.example,selwerd,worker|coordinator,25\n"
        + "samira,Samira,s@wij.example,selwerd,worker,25\n"
    )
    assert asks[0].reference == "e26bc931-6931-54e1-8a41-948a1b563ef8"
    assert asks[0].body["roles"] == ["worker", "coordinator"]
    assert bad == [Bad(3, "id is not a UUID; take the `sub` of the worker's account")]


def test_the_key_of_a_row_stays_the_same_and_fits_the_header() -> None:
    assert key("/v1/requests", "V-1") == key("/v1/requests", "V-1")
    assert len({key("/v1/requests", "V-1"), key("/v1/requests", "V-2"), key("/v1/volunteers", "V-1")}) == 3
    assert 8 <= len(key("/v1/requests", "ë" * 500)) <= 200
    assert key("/v1/requests", "ë").isascii()


@given(st.text())
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        good, bad = rows("kenmerk;vraag\n" + text, ["kenmerk", "vraag"])
    except Misused:
        return
    assert all(set(row.cells) == {"kenmerk", "vraag"} for row in good)
    assert all(row.reason for row in bad)
