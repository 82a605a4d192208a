"""Programs in processes of their own, which can be killed."""

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

# At Ctrl-C, programs of Brian2 end early and write incomplete results as if they were
# complete. So programs run in a process group of their own, and are killed instead.
_OWN_GROUP: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if os.name == "nt"
    else {"process_group": 0}
)


def call(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run a program and return its exit status and its output."""
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
            **_OWN_GROUP,
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
    """Kill all programs that threads of this process are running."""
    with _lock:
        for process in _running:
            _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a program and its children, such as those of a script that starts it."""
    if os.name == "nt":
        process.kill()
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def ending(code: int) -> str:
    """Return a phrase for the exit status of a program."""
    if code > 0:
        return f"ended with exit status {code}"
    try:
        return f"was killed by {signal.Signals(-code).name} (signal {-code})"
    except ValueError:
        return f"was killed by signal {-code}"


def digest_of(*paths: Path) -> str:
    """Return a digest of the contents of files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
