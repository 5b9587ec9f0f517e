"""Machine code for functions that are given as LLVM's text: compiled once, kept on disk, loaded into this process.

The code is linked by LLVM's MCJIT with the settings that Numba uses, because those are tried on every system: LLVM's
newer linker loads in a tenth of the time (0.1 ms), but llvmlite calls its binding experimental and does not test it.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import astuple, dataclass, replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypeVar

import llvmlite
from llvmlite import binding

from shapedmat.errors import BackendError
from shapedmat.kernels import code_cache
from shapedmat.kernels.target import Target

Function = TypeVar("Function", bound=Callable[..., Any])

Origin: TypeAlias = Literal["memory", "disk", "compiled"]
Optimization: TypeAlias = Literal[0, 1]

MAXIMUM_LOADED: Final = 512
"""How many `Code`s `compiled` keeps in memory; others live as long as their users hold them."""

_PACKAGE: Final = Path(__file__).parents[1]
_GENERATORS: Final = (_PACKAGE / "kernels", _PACKAGE / "compiler")


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """Functions in memory, which stay there as long as this, or any function taken from it, is referred to.

    Attributes:
        origin: where they came from: this process, where `compiled` had them for another caller or `load` was given
            them; the disk; or the compiler.
    """

    _engine: Any
    origin: Origin

    def address(self, name: str) -> int:
        """Return the address of a function, which is valid as long as this object is.

        Raises:
            KeyError: There is no such function.
        """
        address: int = self._engine.get_function_address(name)
        if not address:
            raise KeyError(f"the compiled code has no function {name}")
        return address

    def function(self, name: str, prototype: Callable[[int], Function]) -> Function:
        """Return a function to call from Python.

        Args:
            name: Its name.
            prototype: Its types, as `ctypes.CFUNCTYPE` gives them, which makes a function that lets other threads run
                meanwhile, or `ctypes.PYFUNCTYPE`, whose functions do not.

        Raises:
            KeyError: There is no such function.
        """
        function = prototype(self.address(name))
        function.__dict__["_code"] = self
        return function


_loaded: Final[OrderedDict[str, Code]] = OrderedDict()
_loaded_lock = threading.Lock()
_making_lock = threading.RLock()


def compiled(
    description: str,
    target: Target,
    build: Callable[[], str],
    *,
    symbols: Iterable[str] = (),
    optimization: Optimization = 1,
) -> Code:
    """Return the code for a description: from memory, from the disk, or by building and compiling it.

    The description, the target, the versions of LLVM, llvmlite and this package, and the sources of its code generators
    decide whether code is the same; `build` is called where none is. Threads that ask at once wait for one of them.

    Args:
        description: All that `build` depends on.
        target: The processor.
        build: Returns the LLVM text of a module.
        symbols: The functions of the C library that the code calls.
        optimization: As in `compile_module`.

    Raises:
        BackendError: The system lacks one of the symbols.
    """
    key = _key(description, target, optimization)
    found = _recall(key)
    if found is None:
        # LLVM compiles one module at a time anyway: llvmlite sees to it.
        with _making_lock:
            found = _recall(key)
            if found is None:
                return _make(key, target, build, symbols, optimization)
    return replace(found, origin="memory")


def _recall(key: str) -> Code | None:
    with _loaded_lock:
        code = _loaded.get(key)
        if code is not None:
            _loaded.move_to_end(key)
    return code


def _make(
    key: str, target: Target, build: Callable[[], str], symbols: Iterable[str], optimization: Optimization
) -> Code:
    origin: Origin = "disk"
    data = code_cache.read(key)
    if data is None:
        origin = "compiled"
        data = compile_module(build(), target, optimization=optimization)
        code_cache.write(key, data)
    code = replace(load(data, symbols), origin=origin)
    with _loaded_lock:
        _loaded[key] = code
        dropped = [_loaded.popitem(last=False) for _ in range(len(_loaded) - MAXIMUM_LOADED)]
    del dropped  # outside of the lock: freeing code takes LLVM's
    return code


def compile_module(text: str, target: Target, *, optimization: Optimization = 1) -> bytes:
    """Compile a module to an object file in memory.

    Args:
        text: The module, in LLVM's textual form.
        target: The processor.
        optimization: 0 compiles what is written, 1 first simplifies instructions and control flow and computes nothing
            twice.

    Raises:
        RuntimeError: The text is not a valid module; the message is LLVM's.
    """
    machine = _target_machine(target)
    module: Any = binding.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    module.verify()
    if optimization:
        _optimize(module, machine)
    data: bytes = machine.emit_object(module)
    return data


def load(data: bytes, symbols: Iterable[str] = ()) -> Code:
    """Load an object file into this process.

    Args:
        data: What `compile_module` returned, on this machine: whatever it is, it can be run then.
        symbols: The functions of the C library that it calls.

    Raises:
        BackendError: The system lacks one of the symbols.
    """
    _initialize()
    missing = [name for name in symbols if not _is_resolved(name)]
    if missing:
        # LLVM would end the process.
        raise BackendError(
            f"compiled code calls {', '.join(missing)}, but the C library of this system has no such function: "
            "use the backend numpy"
        )
    # The code is compiled already, so any processor will do.
    machine: Any = binding.Target.from_triple(binding.get_process_triple()).create_target_machine(
        reloc=_relocation(), jit=True
    )
    engine: Any = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
    engine.add_object_file(binding.ObjectFileRef.from_data(data))
    engine.finalize_object()
    return Code(engine, "memory")


def _is_resolved(name: str) -> bool:
    if binding.address_of_symbol(name):
        return True
    _load_libraries()
    return bool(binding.address_of_symbol(name))


@cache
def _load_libraries() -> None:
    """Load the C library's parts that the process may have come without."""
    names = ("ucrtbase.dll", "kernel32.dll") if sys.platform == "win32" else ("libm.so.6",)
    for name in names:
        with suppress(RuntimeError):  # there is none: the symbol that is wanted stays missing
            binding.load_library_permanently(name)


@cache
def _initialize() -> None:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()


@cache
def _target_machine(target: Target) -> Any:
    _initialize()
    return binding.Target.from_triple(binding.get_process_triple()).create_target_machine(
        cpu=target.cpu, features=target.features, opt=3, reloc=_relocation(), jit=True
    )


def _relocation() -> str:
    # MCJIT's linker wants it so on x86.
    return "static" if binding.Target.from_default_triple().name.startswith("x86") else "default"


def _optimize(module: Any, machine: Any) -> None:
    passes: Any = binding.create_new_module_pass_manager()
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_new_gvn_pass()
    passes.run(module, binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=2)))


def _key(description: str, target: Target, optimization: Optimization) -> str:
    parts = (
        description,
        astuple(target),
        optimization,
        binding.get_process_triple(),
        ctypes.sizeof(ctypes.c_void_p),
        llvmlite.__version__,
        binding.llvm_version_info,
        _package_version(),
        _sources_digest(),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@cache
def _package_version() -> str:
    """Return the version of this package, whose sources cannot be read where it was imported from an archive."""
    with suppress(PackageNotFoundError):  # the sources were not installed: then they can be read
        return version("shapedmat")
    return ""


@cache
def _sources_digest() -> str:
    """Return the SHA-256 of what generates code: with any change of it, all code on disk is out of date."""
    digest = hashlib.sha256()
    for folder in _GENERATORS:
        for path in sorted(folder.rglob("*.py")):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _after_fork_in_child() -> None:
    """Free what other threads held: in a process that was forked they are not there to give it back."""
    global _loaded_lock, _making_lock  # noqa: PLW0603 -- a lock that another thread holds cannot be released
    _loaded_lock = threading.Lock()
    _making_lock = threading.RLock()
    _LLVM_LOCK.__exit__(None, None, None)


# llvmlite lets one thread at a time into LLVM, but leaves that lock, and LLVM, as they are when a process is forked
# meanwhile. So whoever forks waits until no other thread is there.
_LLVM_LOCK: Final[AbstractContextManager[Any]] = getattr(binding.ffi.lib, "_lock", nullcontext())
if sys.platform != "win32":
    os.register_at_fork(
        before=_LLVM_LOCK.__enter__,
        after_in_parent=partial(_LLVM_LOCK.__exit__, None, None, None),
        after_in_child=_after_fork_in_child,
    )
