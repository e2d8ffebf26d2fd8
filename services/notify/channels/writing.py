"""Writing a mail: text and HTML from one Dutch source per template (B1, u-form), so both say the same."""

from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notify.domain import wording
from services.notify.domain.delivery import Letter

TEMPLATES = Path(__file__).parents[1] / "templates"


class Templates:
    """The mails, as text and as HTML, from the same words: a template is a subject and paragraphs."""

    def __init__(self) -> None:
        loader = FileSystemLoader(TEMPLATES)
        self._plain = self._environment(loader, escape=False)
        self._html = self._environment(loader, escape=True)

    def _environment(self, loader: FileSystemLoader, *, escape: bool) -> Environment:
        environment = Environment(
            loader=loader,
            autoescape=escape,  # noqa: S701  # plain text has nothing to escape
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["moment"] = lambda text: wording.moment_in_words(datetime.fromisoformat(text))
        environment.filters["before"] = lambda text: wording.before_in_words(datetime.fromisoformat(text))
        environment.filters["day"] = lambda text: wording.day_in_words(datetime.fromisoformat(text))
        return environment

    def write(self, letter: Letter) -> tuple[str, str, str]:
        """Subject, text and HTML. Raises `jinja2.TemplateError`."""
        context: dict[str, Any] = {
            "given_name": letter.given_name,
            "team": wording.team_in_words(letter.intent.recipient.team),
            "help": wording.HELP,
            **letter.facts,
            **letter.shown,
        }
        name = f"{letter.intent.template}.jinja"
        plain = self._plain.get_template(name).make_module(context)
        html = self._html.get_template(name).make_module(context)
        paragraphs = [part.strip() for part in str(html).strip().split("\n\n")]
        subject = str(getattr(plain, "subject"))  # noqa: B009  # a template's variable, unknown to the type checker
        return (
            subject,
            self._plain.get_template("layout.txt").render(context, body=str(plain).strip()),
            self._html.get_template("layout.html").render(
                context,
                subject=subject,
                paragraphs=paragraphs,  # escaped when they were written
            ),
        )
