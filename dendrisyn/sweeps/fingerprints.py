"""Fingerprints of code, by which stored results belong to the code that made them."""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib.metadata
import itertools
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InvalidValueError, located
from .values import canonical

_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))
_BUILTIN = (
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    np.ufunc,
)
#: Attributes of classes on which no result depends.
_IGNORED_ATTRIBUTES = {
    "__dict__",
    "__doc__",
    "__module__",
    "__qualname__",
    "__weakref__",
} | {
    "__firstlineno__",
    "__static_attributes__",
    "__annotations__",
    "__annotations_cache__",
    "__annotate_func__",
    "__annotate__",
}


def fingerprint(*objects: object) -> str:
    """Return a text that changes with the code of *objects*.

    The fingerprint of a function covers its code, its defaults, and recursively the
    functions, classes, numbers and other objects that it refers to by name; comments
    and line numbers do not count. Installed packages count by their versions, other
    packages, such as the user's own, by all their files. Files that a function reads do
    not count.
    """
    reader = _Reader()
    reader.text("python", sys.version_info[:2])
    for item in objects:
        reader.read(item)
    return reader.digest.hexdigest()


class _Reader:
    """Reads objects recursively into one digest."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        # Numbers by id; the objects are held, since an id might be used again.
        self._seen: dict[int, int] = {}
        self._held: list[object] = []

    def text(self, *parts: object) -> None:
        data = "\0".join(map(str, parts)).encode(errors="surrogatepass")
        self.digest.update(len(data).to_bytes(8, "little") + data)

    def read(self, value: Any) -> None:
        if isinstance(value, _PLAIN) and type(value) in _PLAIN:
            self.text(type(value).__name__, repr(value))
        elif (
            isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufcU"
        ):
            self.text("array", canonical(value, "array").hex())
        elif id(value) in self._seen:
            self.text("again", self._seen[id(value)])
        else:
            self._seen[id(value)] = len(self._held)
            self._held.append(value)
            self._read_object(value)

    def _read_object(self, value: Any) -> None:
        if isinstance(value, types.CodeType):
            self._code(value)
        elif isinstance(value, types.ModuleType):
            self._module(value)
        elif isinstance(value, _BUILTIN):
            owner = getattr(value, "__module__", None) or getattr(
                value, "__objclass__", None
            )
            self.text("builtin", owner, value.__name__)
            bound = getattr(value, "__self__", None)
            if bound is not None and not isinstance(bound, types.ModuleType):
                self.read(bound)
        elif isinstance(value, types.FunctionType):
            # A function made in a function holds values that files do not show.
            if "<locals>" in value.__qualname__ or not self._of_a_package(value):
                self._function(value)
        elif isinstance(value, type):
            if "<locals>" in value.__qualname__ or not self._of_a_package(value):
                self._class(value)
        elif isinstance(value, types.MethodType):
            self._several("method", value.__func__, value.__self__)
        elif isinstance(value, functools.partial):
            self._several("partial", value.func, value.args, value.keywords)
        elif isinstance(value, functools.cached_property):
            self._several("property", value.func)
        elif isinstance(value, property):
            self._several("property", value.fget, value.fset, value.fdel)
        elif isinstance(value, (staticmethod, classmethod)):
            self._several(type(value).__name__, value.__func__)
        elif isinstance(value, (list, tuple)) and type(value) in (list, tuple):
            self._several(type(value).__name__, *value)
        elif type(value) in (dict, types.MappingProxyType):
            self._several("dict", *itertools.chain.from_iterable(value.items()))
        elif type(value) in (set, frozenset):
            self.text("set", *sorted(fingerprint(item) for item in value))
        else:
            self._instance(value)

    def _several(self, kind: str, *values: Any) -> None:
        self.text(kind, len(values))
        for value in values:
            self.read(value)

    def _code(self, code: types.CodeType) -> None:
        self.text("code", code.co_code.hex(), *code.co_names, *code.co_freevars)
        self._several("constants", *code.co_consts)

    def _function(self, function: types.FunctionType) -> None:
        self._several(
            "function",
            function.__code__,
            function.__defaults__,
            function.__kwdefaults__,
            # Functions wrapped by decorators, functools.cache too, are in cells.
            *(_content(cell) for cell in function.__closure__ or ()),
        )
        for name in sorted(set(_names(function.__code__))):
            if name in function.__globals__:
                self.text("global", name)
                self.read(function.__globals__[name])

    def _class(self, kind: type) -> None:
        self._several("class", *kind.__bases__)
        for name, value in vars(kind).items():
            if name not in _IGNORED_ATTRIBUTES and not name.startswith("__abstract"):
                self.text("attribute", name)
                self.read(None if name.startswith("_abc_") else value)

    def _module(self, module: types.ModuleType) -> None:
        if self._of_a_package(module):
            return
        path = getattr(module, "__file__", None)
        self.text("module", "" if path is None else Path(path).read_bytes().hex())
        for value in list(vars(module).values()):
            if isinstance(value, (types.ModuleType, types.FunctionType, type)):
                where = getattr(value, "__module__", None)
                if where != module.__name__:
                    self.read(value)

    def _instance(self, value: Any) -> None:
        wrapped = getattr(value, "__wrapped__", None)
        if wrapped is not None and callable(value):  # such as functools.cache
            self._several("wrapped", wrapped)
            return
        try:
            reduced: Any = value.__reduce_ex__(4)
        except Exception as error:
            raise InvalidValueError(
                f"the code refers to {_describe(value)}, whose changes cannot be "
                f"detected ({error}). Give Sweep(version=...): a name for this state "
                "of the code, which you change when the code changes."
            ) from error
        if isinstance(reduced, str):  # the name of a global of its module
            self.text("named", type(value).__module__, reduced)
            return
        make, arguments, *more = reduced
        self._several("instance", make, arguments, *more[:1])
        for items in more[1:3]:  # iterators over the items of lists and mappings
            self._several("items", *(() if items is None else items))

    def _of_a_package(self, value: Any) -> bool:
        """Read an object of a package by its name and the state of the package."""
        module = str(
            value.__name__ if isinstance(value, types.ModuleType) else value.__module__
        )
        state = _package(module.partition(".")[0])
        if state:
            name = getattr(value, "__qualname__", "")
            self.text("package", state, module, name)
        return bool(state)


@functools.cache
def _package(name: str) -> str:
    """Return the state of a package, empty for a script or a single file."""
    if name in sys.stdlib_module_names or name == "builtins":
        return "python"
    if name in ("__main__", "__mp_main__"):
        return ""
    module = sys.modules.get(name)
    path = getattr(module, "__file__", None)
    if module is None or path is None:
        return ""
    if {"site-packages", "dist-packages"} & set(Path(path).parts):
        return f"{name} {_version(name, module)}"
    if not hasattr(module, "__path__"):
        return ""
    digest = hashlib.sha256()
    folder = Path(path).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return f"{name} {digest.hexdigest()}"


def _version(name: str, module: types.ModuleType) -> str:
    """Return the version of an installed package."""
    version = getattr(module, "__version__", None)
    if version is None:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            version = "unknown"
    return str(version)


def _names(code: types.CodeType) -> Iterator[str]:
    """Yield the names that code and the functions in it refer to."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _content(cell: types.CellType) -> object:
    """Return the content of a cell of a closure."""
    try:
        return cell.cell_contents
    except ValueError:  # the cell is empty
        return None


def _describe(value: object) -> str:
    """Return the class of an object, for messages."""
    kind = type(value)
    return f"an object of {kind.__module__}.{kind.__qualname__}"


def located_fingerprint(where: str, *objects: object) -> str:
    """Return the fingerprint, with *where* in front of errors."""
    with located(where):
        return fingerprint(*objects)
