"""Our code as it is installed somewhere, and updated there in place while an older version of it runs."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
API_VERSION = re.compile(r'^API_VERSION = ".*"$', re.MULTILINE)


class Installation:
    """A copy of the services and of what they stand on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = "1.0.0"
        """What every answer of this version says in `API-Version`."""
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "services", folder / "services", ignore=without)
        shutil.copytree(ROOT / "shared" / "wij", folder / "wij", ignore=without)

    @property
    def environment(self) -> Mapping[str, str]:
        """With it Python finds our code here, and nowhere else."""
        return {"PYTHONPATH": str(self.folder), "PYTHONSAFEPATH": "1"}

    def update(self, version: str, migrations: Mapping[str, str]) -> None:
        """Put the next version in the place of this one, with these further scripts by service."""
        edge = self.folder / "wij" / "web.py"
        edge.write_text(API_VERSION.sub(f'API_VERSION = "{version}"', edge.read_text()))
        for service, script in migrations.items():
            (self.folder / "services" / service / "schema" / f"9000_{version}.sql").write_text(script)
        self.version = version
