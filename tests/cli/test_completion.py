"""Shell completion: the scripts, and what they ask the command."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.cli.command import VERBS, run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script(shell: str) -> None:
    result = run("completion", shell)
    assert result.status == 0
    script = result.out.decode()
    assert f"_UPNPSCAPY_COMPLETE={shell}_complete" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed, so its syntax is not checked")
    subprocess.run([shell, "-n"], input=result.out, check=True, capture_output=True)


def completed(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    monkeypatch.setenv("_UPNPSCAPY_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["upnpscapy", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    return run().out.decode().splitlines()


def test_verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(monkeypatch, "mess") == ["plain,messages"]
    names = {line.partition(",")[2] for line in completed(monkeypatch, "")}
    assert {*VERBS, "completion"} <= names


def test_options(monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(monkeypatch, "devices", "--u") == ["plain,--udn", "plain,--until"]
    forms = ["plain,text", "plain,json", "plain,jsonl", "plain,csv"]
    assert completed(monkeypatch, "devices", "-T", "") == forms
    assert completed(monkeypatch, "completion", "z") == ["plain,zsh"]


@pytest.mark.parametrize("verb", VERBS)
def test_files(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    assert completed(monkeypatch, verb, "cap") == ["file,cap"]
    assert completed(monkeypatch, verb, "capture.pcap", "oth") == ["file,oth"]
