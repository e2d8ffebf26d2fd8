"""The checker finds each kind of violation in a history that holds it, and nothing in one that is as it should be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chaos.check import violations
from chaos.history import History, Record, read


def call(at: float, path: str, key: str, answer: Mapping[str, str] | None, **more: Any) -> Record:
    """A call that lasted a tenth of a second; `answer` holds the ids that came back, None when nothing did."""
    op = {"do": "call", "service": "intake", "path": path, "key": key, "content": "a", "ids": more.get("ids", {})}
    result = None if answer is None else {"status": 200, "content": str(answer), "ids": answer}
    return Record("samira", op, at, at + 0.1, result)


def acceptance(at: float, request: str, *, answered: bool = True) -> Record:
    ids = {"household_id": "h1"}
    return call(at, f"/requests/{request}/acceptance", f"key-{request}", {} if answered else None, ids=ids)


def found(what: str, *result: Any) -> Record:
    return Record("harness", {"do": "found", "what": what}, 0, 0, list(result))


def mail(notification: str) -> Record:
    return Record("post", {"do": "mail", "notification": notification}, 0, 0, "sent")


def did(do: str, at: float, result: str | None, **op: str) -> Record:
    return Record("nadia", {"do": do, "household": "h1", **op}, at, at + 0.1, result)


GOOD: Sequence[Record] = (
    call(0, "/requests", "key-1", None),
    call(1, "/requests", "key-1", {"request_id": "r1"}),
    call(2, "/requests", "key-1", {"request_id": "r1"}),
    call(2, "/requests", "key-2", {"request_id": "r2"}),
    acceptance(3, "r1", answered=False),
    acceptance(4, "r1"),
    acceptance(5, "r2"),
    did("begin", 6, "begun", director="samira"),
    did("look", 7, "samira"),
    did("act", 8, "allowed", by="samira"),
    did("take", 9, "taken", by="nadia", **{"from": "samira"}),
    did("act", 10, "refused", by="samira"),
    found("request_id", "r1", "r2"),
    found("effects", ["h1", "r1"], ["h1", "r2"]),
    found("cases", ["h1", "c1"]),
    mail("n1"),
    mail("n2"),
)


def with_result(record: Record, **result: Any) -> Record:
    return replace(record, result={**record.result, **result})


def without(what: str, *result: Any) -> list[Record]:
    """The good history, with something else found of one kind."""
    return [found(what, *result) if record.op.get("what") == what else record for record in GOOD]


def test_a_good_history_is_good() -> None:
    assert violations(GOOD) == []


def test_a_call_that_was_never_answered_is_neither_lost_nor_doubled() -> None:
    unknown = call(9, "/requests", "key-3", None)
    assert violations([*GOOD, unknown]) == []
    assert violations([unknown, *without("request_id", "r1", "r2", "r3")]) == []


BAD: Mapping[str, tuple[Sequence[Record], str]] = {
    "an answered request that is not there": (without("request_id", "r1"), "lost: request_id r2"),
    "an accepted request without an effect": (without("effects", ["h1", "r1"]), "lost: request r2"),
    "two requests from one key": (without("request_id", "r1", "r2", "r9"), "doubled: 2 keys made 3"),
    "a request that took effect twice": (
        without("effects", ["h1", "r1"], ["h1", "r2"], ["h1", "r2"]),
        "doubled: request r2 took effect 2 times",
    ),
    "a household with two cases": (without("cases", ["h1", "c1"], ["h1", "c2"]), "doubled: household h1"),
    "a request that overtook another": (without("effects", ["h1", "r2"], ["h1", "r1"]), "out_of_order: household h1"),
    "a key with two answers": ([*GOOD, call(3, "/requests", "key-1", {"request_id": "r2"})], "in different ways"),
    "a key that served two contents": (
        [*GOOD, replace(call(3, "/requests", "key-1", {"request_id": "r1"}), op={**GOOD[0].op, "content": "b"})],
        "served two contents",
    ),
    "a key that was refused after it was done": (
        [*GOOD, with_result(call(3, "/requests", "key-1", {}), status=409)],
        "answered 409 after it was done",
    ),
    "an answer that says our mistake": ([*GOOD, with_result(call(3, "/x", "key-9", {}), status=500)], "mistakes:"),
    "a former director who still acts": ([*GOOD, did("act", 11, "allowed", by="samira")], "two_directors:"),
    "two who took over from the same director": (
        [*GOOD, did("take", 11, "taken", by="tom", **{"from": "samira"})],
        "two_directors:",
    ),
    "a message that left twice": ([*GOOD, mail("n1")], "sent_twice: notification n1"),
}


@pytest.mark.parametrize("name", BAD)
def test_it_finds(name: str) -> None:
    history, words = BAD[name]
    [violation] = violations(history)
    assert words in violation


def test_other_content_under_a_used_key_must_be_refused_with_422() -> None:
    other = replace(GOOD[2], op={**GOOD[2].op, "content": "b"}, start=3.0, end=3.1)
    assert violations([*GOOD, with_result(other, status=422, content="no")]) == []
    assert len(violations([*GOOD, with_result(other, status=409, content="no")])) == 1


def test_a_history_comes_back_from_its_file(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    for record in GOOD:
        history.write(record.process, record.op, record.start, record.result)
    history.close()
    assert read(history.path) == history.records
    assert [record.op for record in history.records] == [record.op for record in GOOD]
