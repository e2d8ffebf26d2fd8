"""Reading a CSV as other programs write it: semicolon or comma, with or without a byte order mark, any line ends."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from wij_cli.imports.outcome import Bad
from wij_cli.refusals import Misused


class BadCell(ValueError):
    """What is wrong with a row, as a sentence for whoever made the file."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row and the line on which it starts; cells are trimmed, an empty cell is the empty string."""

    line: int
    cells: Mapping[str, str]

    def needed(self, column: str) -> str:
        """The cell, which must not be empty."""
        value = self.cells.get(column, "")
        if not value:
            raise BadCell(f"{column} is empty")
        return value

    def optional(self, column: str) -> str | None:
        """The cell, or None where it is empty or the file has no such column."""
        return self.cells.get(column) or None

    def number(self, column: str) -> int:
        """A whole number."""
        value = self.needed(column)
        if not value.lstrip("-").isdecimal():
            raise BadCell(f'{column} is "{value}"; write a whole number')
        return int(value)

    def day(self, column: str) -> str | None:
        """A date as 2026-11-21 or 21-11-2026, given back as the first."""
        value = self.optional(column)
        if value is None:
            return None
        parts = value.replace("/", "-").split("-")
        if len(parts) == 3 and len(parts[2]) == 4:
            parts.reverse()
        try:
            year, month, day = (int(part) for part in parts)
            return date(year, month, day).isoformat()
        except ValueError:
            raise BadCell(f'{column} is "{value}"; write a date, such as 21-11-2026') from None

    def choice(self, column: str, words: Mapping[str, str], default: str | None = None) -> str:
        """A word from a list, in Dutch or as our code, given back as our code."""
        value = self.optional(column) or default
        if value is None:
            raise BadCell(f"{column} is empty")
        return known(column, value, words)

    def choices(self, column: str, words: Mapping[str, str]) -> Sequence[str]:
        """Words from a list, parted by commas."""
        return [known(column, word, words) for word in self.list(column)]

    def list(self, column: str) -> Sequence[str]:
        """Pieces parted by commas (or by | in a file that is parted by commas)."""
        return [piece.strip() for piece in self.needed(column).replace("|", ",").split(",") if piece.strip()]


def known(column: str, value: str, words: Mapping[str, str]) -> str:
    """Our code for a word somebody wrote; capitals and spaces do not matter."""
    word = value.strip().lower().replace(" ", "_")
    if word in words.values():
        return word
    if word not in words:
        raise BadCell(f'{column} is "{value}"; write one of: {", ".join(words)}')
    return words[word]


def read(file: Path) -> str:
    """The text of a file. Raises `Misused` with a sentence when it is not a file we can read."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Misused(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Misused(f'{file} is not UTF-8 (byte {error.start}). In Excel choose "CSV UTF-8" when saving.') from error


def rows(text: str, needs: Iterable[str]) -> tuple[Sequence[Row], Sequence[Bad]]:
    """The rows of a CSV, and those that are broken. Raises `Misused` when a column that must be there is missing.

    Lines that start with # are remarks; empty lines are skipped.
    """
    lines = text.splitlines(keepends=True)
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    header: list[str] = []
    good: list[Row] = []
    bad: list[Bad] = []
    line = 1
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            bad.append(Bad(line, f"the rest of the file cannot be read: {error}"))
            break
        start, line = line, reader.line_num + 1
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not header:
            header = [cell.lower().replace(" ", "_") for cell in cells]
            _look_at(header, needs)
        elif len(cells) != len(header):
            bad.append(Bad(start, f"has {len(cells)} cells where the first line has {len(header)}"))
        else:
            good.append(Row(start, dict(zip(header, cells, strict=True))))
    if not header:
        _look_at(header, needs)
    return good, bad


def each[T](found: Sequence[Row], understand: Callable[[Row], T]) -> tuple[Sequence[T], Sequence[Bad]]:
    """Every row understood, and those that are not."""
    good: list[T] = []
    bad: list[Bad] = []
    for row in found:
        try:
            good.append(understand(row))
        except BadCell as error:
            bad.append(Bad(row.line, str(error)))
    return good, bad


def _look_at(header: Sequence[str], needs: Iterable[str]) -> None:
    missing = [column for column in needs if column not in header]
    if missing:
        raise Misused(f"The first line must name these columns too: {', '.join(missing)}.")
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise Misused(f"The first line names a column twice: {', '.join(twice)}.")
