"""Chromium without a window, driven by the DevTools protocol over a pipe.

Commands go to its descriptor 3 as JSON, answers and events come from 4, each ended by a NUL.
Nothing listens on a port, and no library is needed.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

__all__ = ["Chromium", "Page"]

TIMEOUT = 60
"""Seconds for an answer; starting on a busy machine takes the longest."""

OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)

FIRST_FREE = 10
"""Descriptors from here on are none of those that the shell below redirects."""


class Chromium:
    """A browser; ``page()`` gives a tab with nothing in it."""

    def __init__(self, profile: Path, program: str = "chromium") -> None:
        ours, theirs = _pipes()
        redirected = f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}'
        self._process = subprocess.Popen(
            ["bash", "-c", redirected, "bash", program, *OPTIONS, f"--user-data-dir={profile}"],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(profile)},
        )
        for descriptor in theirs:
            os.close(descriptor)
        self._input, self._output = ours
        self._rest = b""
        self._number = 0
        self.events: list[tuple[str | None, str, dict[str, Any]]] = []
        """Session, name and parameters of what was told and not asked for."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._input)
        os.close(self._output)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The answer to a command; raises ``RuntimeError`` if it is refused."""
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        os.write(self._input, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + TIMEOUT
        while True:
            told = self._next(deadline)
            if told.get("id") != self._number:
                self.events.append((told.get("sessionId"), told["method"], told["params"]))
            elif "error" in told:
                raise RuntimeError(f"{method}: {told['error']}")
            else:
                found: dict[str, Any] = told["result"]
                return found

    @contextmanager
    def page(self) -> Iterator[Page]:
        """A tab, which is closed at the end."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        try:
            yield Page(self, attached["sessionId"])
        finally:
            self.call("Target.closeTarget", targetId=target)

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._output], [], [], deadline - time.monotonic())
            data = os.read(self._output, 1 << 20) if ready else b""
            if not data:
                raise TimeoutError("the browser does not answer")
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


class Page:
    """A tab; what it asks the network for and complains about is kept."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session
        for domain in ("Page", "Network", "Log", "Runtime", "DOM"):
            self.call(f"{domain}.enable")
        self.resize(1280, 900)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command of this tab."""
        return self._browser.call(method, self._session, **parameters)

    def open(self, url: str) -> None:
        """Go to a URL and wait until all of it is there."""
        if (failed := self.call("Page.navigate", url=url)).get("errorText"):
            raise RuntimeError(f"{url}: {failed['errorText']}")
        deadline = time.monotonic() + TIMEOUT
        while self.evaluate("document.readyState") != "complete":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} is not loaded")
            time.sleep(0.02)

    def evaluate(self, code: str) -> Any:
        """The value of an expression, whatever the page's own rules on scripts are."""
        told = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise RuntimeError(str(told["exceptionDetails"]))
        return told["result"].get("value")

    def settle(self) -> None:
        """Wait until what the page has begun is told of: two frames are drawn meanwhile."""
        drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        self.evaluate(drawn)

    def resize(self, width: int, height: int) -> None:
        """Make the window so many CSS pixels large, as a phone's if it is narrow."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def prefer(self, scheme: str) -> None:
        """Say that ``light`` or ``dark`` is preferred."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def press(self, key: str) -> None:
        """Press one of the keys below."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        text = {"Enter": "\r", " ": " "}.get(key)
        for kind in ("keyDown", "keyUp"):
            pressed: dict[str, Any] = {"type": kind, "key": key}
            pressed |= {"windowsVirtualKeyCode": codes[key]}
            pressed |= {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", **pressed)

    def screenshot(self, path: Path, top: int = 0, height: int | None = None) -> None:
        """Save how the page looks, from ``top`` on, to its end if ``height`` does not say."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {
            "x": 0,
            "y": top,
            "width": size["width"],
            "height": min(height or size["height"], size["height"] - top),
            "scale": 1,
        }
        shot = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, path: Path) -> None:
        """Save how it is printed, on A4."""
        printed = self.call(
            "Page.printToPDF", paperWidth=8.27, paperHeight=11.69, preferCSSPageSize=True
        )
        path.write_bytes(base64.b64decode(printed["data"]))

    @property
    def requests(self) -> list[str]:
        """The URLs that were asked for, in their order."""
        return [told["request"]["url"] for told in self._told("Network.requestWillBeSent")]

    @property
    def complaints(self) -> list[str]:
        """What was written to the console or the log, violations of the policy too."""
        said = [
            " ".join(str(one.get("value", one.get("description"))) for one in told["args"])
            for told in self._told("Runtime.consoleAPICalled")
        ]
        said += [told["entry"]["text"] for told in self._told("Log.entryAdded")]
        thrown = self._told("Runtime.exceptionThrown")
        return said + [told["exceptionDetails"]["text"] for told in thrown]

    @property
    def dialogs(self) -> list[str]:
        """What a script wanted to say in a window of its own."""
        return [told["message"] for told in self._told("Page.javascriptDialogOpening")]

    def _told(self, name: str) -> list[dict[str, Any]]:
        return [
            parameters
            for session, told, parameters in self._browser.events
            if session == self._session and told == name
        ]


def _pipes() -> tuple[tuple[int, int], tuple[int, int]]:
    """Two pipes: where we write and read, and where the browser reads and writes."""
    their_input, our_output = os.pipe()
    our_input, their_output = os.pipe()
    return (our_output, our_input), (_moved(their_input), _moved(their_output))


def _moved(descriptor: int) -> int:
    """The same behind those that the shell redirects."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD, FIRST_FREE)
    os.close(descriptor)
    return moved
