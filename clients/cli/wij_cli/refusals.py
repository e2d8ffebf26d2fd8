"""What can go wrong between a person and the services, each as a sentence and an exit code."""

from typing import Any, ClassVar


class Stopped(Exception):
    """The command ends here; its text is for a person."""

    exit_code: ClassVar[int] = 1


class Refused(Stopped):
    """A service answered no (RFC 9457); nothing was changed."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.status: int = problem.get("status", 0)
        super().__init__(sentence(problem))

    @property
    def code(self) -> str:
        """The name of the rule that said no, such as `already-open`."""
        return str(self.problem.get("type", "")).rpartition(":")[2]


class Misused(Stopped):
    """The command was not understood, or its file cannot be read."""

    exit_code = 2


class Away(Stopped):
    """A service did not answer, also not after trying again."""

    exit_code = 3


def sentence(problem: dict[str, Any]) -> str:
    """The problem in words, with every field that is wrong."""
    detail = str(problem.get("detail") or problem.get("title") or "The service refused this without saying why.")
    wrong = [f"{error.get('field', '?')}: {error.get('problem', 'not right')}" for error in problem.get("errors", [])]
    if wrong:
        return "; ".join(wrong)
    if problem.get("status") == 401:
        return f"{detail} Sign in first: wij login NAME."
    return detail
