"""`wij contacts`: where somebody with a question can go."""

from typing import Annotated

from typer import Option

from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="Contacts to point out.")


@app.verb("find")
async def find(shell: Shell, topic: Annotated[str, Option()], postcode: Annotated[str, Option()]) -> None:
    """The right contact for a topic at a postcode."""
    found = await shell.api.look("intake", "/v1/contacts/_find", {"topic": topic, "postcode": postcode})
    columns = {
        "Code": "code",
        "Name": "name",
        "Kind": "kind",
        "Phone": "phone",
        "Mail": "email",
        "Open": "opening_hours",
    }
    shell.rows(found, columns)
