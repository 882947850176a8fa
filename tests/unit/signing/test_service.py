"""Asking a service: again where that may help, never for ever, never elsewhere."""

from __future__ import annotations

import pytest

from supplychain.errors import SupplychainError, ToolFailed, UsageError
from supplychain.signing import service as module
from supplychain.signing.service import ATTEMPTS, MAX_ANSWER, Service, passes
from tests.simulator.sigstore_service import Fault, SigstoreService, drop, refuse

PATH = "/api/v1/log/entries"


def ask(sigstore: SigstoreService) -> int:
    return Service.at("LOG", "the log", sigstore.url).send("POST", PATH, b"{}").status


def refusal(sigstore: SigstoreService) -> ToolFailed:
    with pytest.raises(ToolFailed) as caught:
        ask(sigstore)
    return caught.value


@pytest.mark.parametrize("fault", [drop, refuse(500), refuse(502), refuse(503), refuse(429)])
def test_what_passes_is_tried_again(sigstore: SigstoreService, waits: list[float], fault: Fault) -> None:
    sigstore.faults[PATH] = [fault, fault]
    assert ask(sigstore) == 400, "the honest answer to an empty entry"
    assert sigstore.count(PATH) == 3
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize(
    ("fault", "code"),
    [(drop, "LOG_UNREACHABLE"), (refuse(503), "LOG_FAILED"), (refuse(429), "LOG_RATE_LIMITED")],
)
def test_what_does_not_pass_ends(sigstore: SigstoreService, fault: Fault, code: str) -> None:
    sigstore.down(PATH, fault)
    error = refusal(sigstore)
    assert error.code == code
    assert passes(error)
    assert sigstore.count(PATH) == ATTEMPTS


def test_the_server_says_when(sigstore: SigstoreService, waits: list[float]) -> None:
    sigstore.faults[PATH] = [refuse(429, Retry_After="7"), refuse(503, Retry_After="Mon, 01 Jan 2046 00:00:00 GMT")]
    error = refusal(sigstore)
    assert waits == [7.0], "a date far away is not waited for"
    assert error.code == "LOG_FAILED"
    sigstore.faults[PATH] = [refuse(503, Retry_After="Sat, 01 Jan 2000 00:00:00 GMT"), refuse(503, Retry_After="soon")]
    assert ask(sigstore) == 400
    assert waits == [7.0, 0.0, 1.0]


def test_a_refusal_is_an_answer(sigstore: SigstoreService) -> None:
    sigstore.faults[PATH] = [refuse(401)]
    assert ask(sigstore) == 401
    assert sigstore.count(PATH) == 1


def test_nobody_sends_us_elsewhere(sigstore: SigstoreService) -> None:
    sigstore.faults[PATH] = [refuse(307, Location="http://127.0.0.1:1/elsewhere")]
    error = refusal(sigstore)
    assert error.code == "LOG_ANSWER"
    assert not passes(error)
    assert sigstore.count(PATH) == 1


def test_an_answer_has_a_size(sigstore: SigstoreService) -> None:
    sigstore.faults[PATH] = [lambda handler: handler.reply(200, b" " * (MAX_ANSWER + 1), "application/json")]
    assert refusal(sigstore).code == "LOG_ANSWER"


def test_nobody_is_there(waits: list[float]) -> None:
    with pytest.raises(ToolFailed) as caught:
        Service.at("LOG", "the log", "http://127.0.0.1:9").send("GET", "/")
    assert caught.value.code == "LOG_UNREACHABLE"
    assert len(waits) == ATTEMPTS - 1


def test_silence_is_not_waited_for_longer_than_the_limit(
    sigstore: SigstoreService, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    over = threading.Event()
    sigstore.down(PATH, lambda _: over.wait(30))  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(module, "ATTEMPTS", 1)
    try:
        with pytest.raises(ToolFailed) as caught:
            Service(name="LOG", what="the log", url=sigstore.url, timeout_s=0.2).send("POST", PATH, b"{}")
    finally:
        over.set()
    assert caught.value.code == "LOG_UNREACHABLE"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://rekor.example", "INSECURE_ADDRESS"),
        ("ftp://rekor.example", "BAD_ADDRESS"),
        ("rekor.example", "BAD_ADDRESS"),
        ("https://me:secret@rekor.example", "BAD_ADDRESS"),
        ("https://rekor.example/?a=b", "BAD_ADDRESS"),
        ("https://[rekor", "BAD_ADDRESS"),
    ],
)
def test_addresses(url: str, code: str) -> None:
    with pytest.raises(SupplychainError) as caught:
        Service.at("LOG", "the log", url)
    assert (caught.value.code, type(caught.value)) == (code, UsageError)
