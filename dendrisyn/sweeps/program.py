"""Programs, each in a process of its own, that can be stopped."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()

# Programs of Brian2 take Ctrl-C for a wish to end early, and write what they have as if
# it were complete. So it must not reach them; they are killed instead.
_APART: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if os.name == "nt"
    else {"process_group": 0}
)


def call(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run a program and return its exit status and what it printed."""
    with _lock:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **_APART,
        )
        _running.add(process)
    try:
        output, _ = process.communicate()
    finally:
        with _lock:
            _running.discard(process)
            if process.returncode is None:
                _kill(process)
    return process.returncode, output


def kill_all() -> None:
    """Kill what threads of this process are running."""
    with _lock:
        for process in _running:
            _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a program with all that it has started, such as by a script around it."""
    if os.name == "nt":
        process.kill()
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def ending(code: int) -> str:
    """Return how a program ended, from its exit status."""
    if code > 0:
        return f"ended with exit status {code}"
    try:
        return f"was killed by {signal.Signals(-code).name} (signal {-code})"
    except ValueError:
        return f"was killed by signal {-code}"


def digest_of(*paths: Path) -> str:
    """Return what changes with the contents of files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
