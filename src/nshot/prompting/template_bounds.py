"""Templates that may take all time or memory, and the process of their own in which they run.

A template of text, variables, conditions and one loop over the examples takes as long as its values
are large. Any other one (arithmetic, macros, `range`, filters with arguments, loops in loops) is
compiled and rendered by a child process with limits, which is ended when it passes them.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import weakref
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from nshot.errors import TemplateError
from nshot.timer import call_after

if TYPE_CHECKING:
    from jinja2 import nodes as jinja_nodes

LARGEST_SOURCE: Final = 1 << 20
"""Characters of a template file."""
LARGEST_PROMPT: Final = 8 << 20
"""Characters of what a template makes."""
MEMORY: Final = 1 << 30
"""Bytes of address space of the process (POSIX)."""
SECONDS: Final = 10.0
"""Time for one rendering."""
_START: Final = 60.0
"""Seconds that the process may take to start."""
_SIMPLE_FILTERS: Final = frozenset(("trim", "upper", "lower", "length", "count", "capitalize", "title"))
_CHILD: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from nshot.prompting.template import serve_template; serve_template()"
)


def is_simple(tree: jinja_nodes.Template) -> bool:
    """Whether what the template does grows only with its own length and that of its values."""
    from jinja2 import nodes

    allowed = (
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.If),
        *(nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat),
    )
    loops = 0
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.For):
            loops += 1
            plain = isinstance(node.iter, nodes.Name) and node.iter.name == "examples"
            if not plain or node.recursive or next(iter(node.find_all(nodes.For)), None) is not None:
                return False
        elif isinstance(node, nodes.Filter | nodes.Test):
            known = isinstance(node, nodes.Test) or node.name in _SIMPLE_FILTERS
            if not known or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
                return False
        elif not isinstance(node, allowed):
            return False
    return True


class CompiledTemplate(NamedTuple):
    """What a process knows of its template."""

    process: TemplateProcess
    uses: frozenset[str]
    """The variables that it names."""


class TemplateProcess:
    """One template in a process of its own; may be shared by threads."""

    def __init__(self, name: str, source: str) -> None:
        self._name, self._source = name, source
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._pid = 0

    def compile(self) -> CompiledTemplate:
        """Compiles the template.

        Raises:
            TemplateError: The template is wrong, or took too much.
        """
        with self._lock:
            return CompiledTemplate(self, frozenset(self._start()["uses"]))

    def render(self, **values: Any) -> str:
        """What the template makes of the values.

        Raises:
            TemplateError: It fails on them, or takes too much time, memory or text.
        """
        with self._lock:
            if self._child is None or self._child.poll() is not None or self._pid != os.getpid():
                self._start()
            return str(self._ask(values, SECONDS)["text"])

    def _start(self) -> dict[str, Any]:
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CHILD, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal reaches the parent alone
        )
        self._pid = os.getpid()
        weakref.finalize(self, _end, self._child)
        self._ask(None, _START)
        return self._ask({"name": self._name, "source": self._source}, SECONDS)

    def _ask(self, message: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
        """The answer of the process; its first message if nothing is asked.

        Raises:
            TemplateError: The process says why it has none, or gave no answer in time.
        """
        child = self._child
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            child.kill()

        with call_after(seconds, stop):
            if message is not None:
                with contextlib.suppress(OSError):
                    write_message(child.stdin, message)
            answer = read_message(child.stdout)
        if answer is None:
            _end(child)
            self._child = None
            why = f"did not end within {seconds:g} s" if late.is_set() else "needs too much memory"
            raise TemplateError(f"template {self._name}: it {why}; simplify it")
        if "error" in answer:
            raise TemplateError(answer["error"])
        return answer


def write_message(stream: IO[bytes], message: dict[str, Any]) -> None:
    """Writes one JSON object with its length in front."""
    body = json.dumps(message).encode()
    stream.write(struct.pack("<Q", len(body)) + body)
    stream.flush()


def read_message(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next JSON object; None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    (length,) = struct.unpack("<Q", head)
    body = stream.read(length)
    if len(body) < length:
        return None
    found: dict[str, Any] = json.loads(body)
    return found


def limit_memory() -> None:
    """Caps the address space of this process, if the system can (POSIX)."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
