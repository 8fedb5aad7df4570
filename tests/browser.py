"""A headless Chromium, driven over its DevTools pipe: no port, no driver program, no library."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE_S = 30.0
_CLEAR = 10  # the pipe's ends are moved to numbers from here on, clear of 3 and 4, which the browser reads and writes


def program() -> str | None:
    """Return the path of an installed browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One tab; `requests` are the addresses it asked for and `complaints` what its console said and scripts threw."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._incoming, self._outgoing = incoming, outgoing
        self._buffer = b""
        self._number = 0
        self._events: list[str] = []
        self._session: str | None = None
        tab = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def open(self, path: Path, width: int = 1280, height: int = 400, dark: bool = False) -> None:
        """Open a file in a window of some size and wait until it is loaded."""
        phone = width < 600
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.requests.clear()
        self.complaints.clear()
        self._events.clear()
        self.ask("Page.navigate", url=path.absolute().as_uri())
        self._wait(lambda: "Page.loadEventFired" in self._events, "the page to load")

    def run(self, script: str) -> Any:
        """Return the value of an expression, which may be a promise; raises AssertionError when it throws."""
        done = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, script: str) -> Any:
        """Return the first truthy value of an expression; raises AssertionError when there is none in time."""
        deadline = time.monotonic() + _PATIENCE_S
        while not (value := self.run(script)):
            assert time.monotonic() < deadline, f"never true: {script}; {self.complaints}"
            time.sleep(0.05)
        return value

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key, as the focused element feels it."""
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def picture(self, path: Path) -> None:
        """Write what the window shows as a PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the browser's answer to a command of its protocol."""
        self._number += 1
        number = self._number
        where = {"sessionId": self._session} if self._session else {}
        message = {"id": number, "method": method, "params": parameters, **where}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._outgoing, data) :]
        answers: list[dict[str, Any]] = []
        self._wait(lambda: answers, method, lambda told: answers.append(told) if told.get("id") == number else None)
        assert "error" not in answers[0], (method, answers[0]["error"])
        result: dict[str, Any] = answers[0]["result"]
        return result

    def _wait(self, done: Any, what: str, hear: Any = lambda told: None) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not done():
            ready, _, _ = select.select([self._incoming], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"the browser is silent: waited for {what}"
            data = os.read(self._incoming, 1 << 20)
            assert data, "the browser has ended"
            *messages, self._buffer = (self._buffer + data).split(b"\0")
            for message in map(json.loads, messages):
                self._note(message)
                hear(message)

    def _note(self, message: dict[str, Any]) -> None:
        method, told = message.get("method", ""), message.get("params", {})
        self._events.append(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.complaints.append(json.dumps(told["args"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(told["entry"]["text"])


@contextmanager
def browser(path: str, folder: Path) -> Iterator[Browser]:
    """Start a browser with a profile of its own in a folder, for the length of a with block."""
    ends = [*os.pipe(), *os.pipe()]
    reads, sends, hears, writes = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _CLEAR) for end in ends)
    for end in ends:
        os.close(end)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe"]
    redirected = f'exec "$@" 3<&{reads} 4>&{writes}'
    process = subprocess.Popen(
        ["bash", "-c", redirected, "bash", path, *flags, f"--user-data-dir={folder}", "about:blank"],
        pass_fds=(reads, writes),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(reads)
    os.close(writes)
    try:
        yield Browser(hears, sends)
    finally:
        os.close(sends)  # at which it ends, with all its processes
        try:
            process.wait(_PATIENCE_S)
        finally:
            process.kill()
            process.wait()
            os.close(hears)
