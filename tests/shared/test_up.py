"""`make up`: one command, and the same system again on the same data."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from services.up import running, started
from wij.embedded import GroundError, in_use, kept_port
from wij.mailsink import MailSink


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "data"


def _signed_in(here: str, name: str) -> httpx.Client:
    asked = {"grant_type": "urn:wij:cast", "name": name}
    token = httpx.post(f"{here}/issuer/token", data=asked).json()["access_token"]
    return httpx.Client(base_url=here, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def test_everything_comes_up_with_one_command_and_again_on_the_same_data(folder: Path) -> None:
    with started(folder) as here:
        assert running(folder) == here
        with _signed_in(here, "ferd") as ferd:
            team = {"name": "Wijkteam Selwerd", "active_from": "2026-01-01T00:00:00Z"}
            assert ferd.put("/intake/v1/teams/selwerd", json=team).status_code == 200
            token = ferd.headers["authorization"]
        with _signed_in(here, "samira") as samira:
            assert samira.get("/plan/v1/cases").status_code == 200
            assert samira.get("/notify/v1/inbox").status_code == 200
        with _signed_in(here, "hanneke") as hanneke:
            assert hanneke.get("/matching/v1/needs").status_code == 200
        with pytest.raises(GroundError, match="in use"), started(folder):
            pass
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = "team@wij.example", "jan@wij.example", "Uw vraag"
        letter.set_content("Wij hebben uw vraag ontvangen.")
        with smtplib.SMTP("127.0.0.1", kept_port(folder, "smtp") or 0) as smtp:
            smtp.send_message(letter)
        assert [mail["Subject"] for mail in MailSink(folder / "mail").messages()] == ["Uw vraag"]

    assert running(folder) is None
    assert not in_use(folder)

    with started(folder) as again:
        assert again == here
        with httpx.Client(base_url=again, headers={"Authorization": token}) as ferd:
            teams = ferd.get("/intake/v1/teams").json()["items"]
            assert [team["name"] for team in teams] == ["Wijkteam Selwerd"], "data and tokens are still good"
