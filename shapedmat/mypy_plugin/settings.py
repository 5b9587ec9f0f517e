"""The plugin's settings, from ``[tool.shapedmat]`` in pyproject.toml or ``[shapedmat]`` in mypy's own file."""

from __future__ import annotations

import configparser
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from mypy.errors import CompileError
from mypy.options import Options

_ALLOWED: Final[dict[str, dict[object, object]]] = {
    "distinct_names": {"error": "error", "allow": "allow"},
    "redefinition": {True: True, False: False, "true": True, "false": False},
    "debug": {True: True, False: False, "true": True, "false": False},
}


@dataclass(frozen=True)
class Settings:
    """What a user can choose.

    `distinct_names` says whether two different names are an error where equal sizes are needed (``"error"``) or may be
    equal (``"allow"``). `redefinition` lets a variable without annotation take an array of another shape, which is
    mypy's ``--allow-redefinition``. `debug` shows the traceback where the plugin fails, in place of going on without.
    """

    distinct_names: str = "error"
    redefinition: bool = True
    debug: bool = False

    def as_json(self) -> dict[str, object]:
        """Return the settings for mypy's cache, which they are part of."""
        return asdict(self)


def read_settings(options: Options) -> Settings:
    """Return the settings of the project that mypy checks.

    Raises:
        CompileError: a setting has an unknown name or value.
    """
    written: dict[str, Any] = {}
    if options.config_file and not options.config_file.endswith(".toml"):
        written.update(_from_ini(Path(options.config_file)))
        written.update(_from_toml(Path(options.config_file).parent / "pyproject.toml"))
    else:
        written.update(_from_toml(Path(options.config_file or "pyproject.toml")))
    if os.environ.get("SHAPEDMAT_DEBUG"):
        written["debug"] = True
    return Settings(**{name: _checked(name, value) for name, value in written.items()})


def _from_toml(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            found = tomllib.load(file).get("tool", {}).get("shapedmat", {})
    except tomllib.TOMLDecodeError:
        return {}  # mypy says so itself where it reads the file
    return found if isinstance(found, dict) else {}


def _from_ini(path: Path) -> Mapping[str, Any]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except configparser.Error:
        return {}
    return dict(parser["shapedmat"]) if parser.has_section("shapedmat") else {}


def _checked(name: str, value: object) -> Any:
    if name not in _ALLOWED:
        raise CompileError([f"[tool.shapedmat]: unknown setting {name!r}, known are {', '.join(sorted(_ALLOWED))}"])
    key = value.lower() if isinstance(value, str) else value
    if not isinstance(key, str | bool) or key not in _ALLOWED[name]:
        known = ", ".join(sorted({repr(each) for each in _ALLOWED[name].values()}))
        raise CompileError([f"[tool.shapedmat]: {name} is {value!r}, but one of {known} is wanted"])
    return _ALLOWED[name][key]
