"""Machine code: what is compiled runs, is compiled once, and stays in memory as long as it is used."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from shapedmat.errors import BackendError
from shapedmat.kernels import code_cache, machine_code
from shapedmat.kernels.machine_code import Optimization, compile_module, compiled, load
from shapedmat.kernels.target import Target, chosen, named

ROOT = Path(__file__).parents[2]
TARGET = chosen()

UNARY = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
FLOAT = ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_float)
PLUS = "define i64 @plus(i64 %x) nounwind {{\n %sum = add i64 %x, {number}\n ret i64 %sum\n}}"
SCALED = """
@table = private constant [4 x float] [float 1.0, float 2.0, float 4.0, float 8.0]

define float @scaled(i64 %index) {
  %place = getelementptr [4 x float], ptr @table, i64 0, i64 %index
  %factor = load float, ptr %place
  %many = insertelement <4 x float> zeroinitializer, float %factor, i32 2
  %product = fmul <4 x float> %many, <float 9.0, float 9.0, float 3.0, float 9.0>
  %result = extractelement <4 x float> %product, i32 2
  ret float %result
}
"""
SUM = """
define i64 @sum(i64 %count) {
entry:
  %total = alloca i64
  store i64 0, ptr %total
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %before = load i64, ptr %total
  %after = add i64 %before, %i
  store i64 %after, ptr %total
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %count
  br i1 %more, label %loop, label %end
end:
  %result = load i64, ptr %total
  ret i64 %result
}
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test caches of its own, on disk and in memory."""
    monkeypatch.setenv("SHAPEDMAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(code_cache, "_told", set())
    monkeypatch.setattr(machine_code, "_loaded", machine_code._loaded.copy())
    forget()


def forget() -> None:
    """Let the process have no code in memory, as if it had just begun."""
    machine_code._loaded.clear()


def plus(number: int) -> Callable[[], str]:
    """Return what builds a function that adds a number."""
    return lambda: PLUS.format(number=number)


def unexpected() -> str:
    """Build nothing."""
    raise AssertionError("the code was built again")


def interrupted() -> str:
    """Build nothing, since the user pressed Control-C."""
    raise KeyboardInterrupt


def run(program: str) -> str:
    """Return what a program prints that has the names of this module's first lines, with the cache of the test."""
    header = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import ctypes, os, threading, time
from shapedmat.kernels.machine_code import compile_module, compiled, load
from shapedmat.kernels.target import chosen
TARGET = chosen()
UNARY = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)

def plus(number):
    return lambda: "define i64 @plus(i64 %x) {{\\n %sum = add i64 %x, " + str(number) + "\\n ret i64 %sum\\n}}"

def call(code):
    return code.function("plus", UNARY)(1)

def fork(work):
    child = os.fork()
    if not child:
        try:
            print(work(), flush=True)
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
    command = [sys.executable, "-c", header + program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (0, "") == (ran.returncode, ran.stderr)
    return ran.stdout


@pytest.mark.parametrize("name", ["host", "portable"])
def test_function_runs(name: str) -> None:
    """A function that was compiled, for this processor or for any of its kind, gives its result."""
    code = load(compile_module(PLUS.format(number=2), named(name)))
    assert 42 == code.function("plus", UNARY)(40)


def test_constants_are_found() -> None:
    """Tables and vectors of constants are loaded with the code that reads them."""
    scaled = load(compile_module(SCALED, TARGET)).function("scaled", ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_int64))
    assert [3.0, 6.0, 12.0, 24.0] == [scaled(index) for index in range(4)]


@pytest.mark.parametrize("optimization", [0, 1])
def test_optimization_keeps_the_result(optimization: Optimization) -> None:
    """A function gives the same result at every level."""
    code = load(compile_module(SUM, TARGET, optimization=optimization))
    assert sum(range(1000)) == code.function("sum", UNARY)(1000)


@pytest.mark.parametrize(
    ("name", "expected"), [("expf", 2.7182817), ("logf", 0.0), ("sinf", 0.84147096), ("tanhf", 0.7615942)]
)
def test_function_of_the_c_library_is_called(name: str, expected: float) -> None:
    """The functions of the C library for numbers can be called."""
    text = f"""
declare float @{name}(float)
define float @f(float %x) {{
  %y = call float @{name}(float %x)
  ret float %y
}}
"""
    assert pytest.approx(expected) == load(compile_module(text, TARGET), [name]).function("f", FLOAT)(1.0)


def test_call_that_llvm_writes_is_found() -> None:
    """A power of LLVM's becomes a call of the C library's."""
    text = """
declare float @llvm.pow.f32(float, float)
define float @f(float %x) {
  %y = call float @llvm.pow.f32(float 2.0, float %x)
  %z = call float @llvm.pow.f32(float %y, float %x)
  ret float %z
}
"""
    assert pytest.approx(2.0**9) == load(compile_module(text, TARGET), ["powf"]).function("f", FLOAT)(3.0)


@pytest.mark.skipif(os.name != "posix", reason="the function is POSIX's")
def test_thread_yields() -> None:
    """Code that waits for another thread can let it run."""
    text = "declare i32 @sched_yield()\ndefine i64 @f(i64 %x) {\n %y = call i32 @sched_yield()\n ret i64 %x\n}"
    assert 7 == load(compile_module(text, TARGET), ["sched_yield"]).function("f", UNARY)(7)


def test_memory_functions_are_called() -> None:
    """What LLVM writes calls of, by itself, for large copies, is there."""
    text = """
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define void @f(ptr %to, ptr %from, i64 %bytes) {
  call void @llvm.memset.p0.i64(ptr %from, i8 65, i64 %bytes, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  ret void
}
"""
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int64)
    function = load(compile_module(text, TARGET), ["memset", "memcpy"]).function("f", prototype)
    to, source = ctypes.create_string_buffer(1001), ctypes.create_string_buffer(1001)
    function(ctypes.cast(to, ctypes.c_char_p), ctypes.cast(source, ctypes.c_char_p), 1000)
    assert b"A" * 1000 == to.value


def test_missing_symbol_is_refused() -> None:
    """Code that calls what the system does not have is not loaded, which would end the process."""
    text = "declare void @no_such_function()\ndefine void @f() {\n call void @no_such_function()\n ret void\n}"
    expected = (
        r"^compiled code calls no_such_function, but the C library of this system has no such function: "
        r"use the backend numpy$"
    )
    with pytest.raises(BackendError, match=expected):
        load(compile_module(text, TARGET), ["memset", "no_such_function"])


def test_unknown_function_is_refused() -> None:
    """A name that the module does not define is not found."""
    with pytest.raises(KeyError, match="the compiled code has no function minus"):
        load(compile_module(PLUS.format(number=2), TARGET)).address("minus")


def test_wrong_text_is_refused() -> None:
    """Text that is no module, or one that LLVM's verifier refuses, is an error of the generator, in LLVM's words."""
    with pytest.raises(RuntimeError, match="LLVM IR parsing error"):
        compile_module("define nothing", TARGET)


def test_function_keeps_its_code() -> None:
    """A function can be called after the code that it was taken from was let go."""
    functions = [load(compile_module(PLUS.format(number=2), TARGET)).function("plus", UNARY) for _ in range(20)]
    gc.collect()
    assert [3] * 20 == [function(1) for function in functions]


def mapped_bytes() -> int:
    """Return how much memory the process has mapped."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux has /proc/self/statm")
@pytest.mark.parametrize(("held", "grows"), [(False, False), (True, True)])
def test_memory_is_released(held: bool, grows: bool) -> None:
    """Code that is let go leaves no memory behind; code that is held shows that this would be seen."""
    data = compile_module(PLUS.format(number=2), TARGET)
    codes = []
    for _ in range(50):
        load(data)
    gc.collect()
    before = mapped_bytes()
    for _ in range(200):
        code = load(data)
        if held:
            codes.append(code)
    assert grows == (mapped_bytes() - before > 500_000)


def test_code_is_compiled_once() -> None:
    """Code comes from the compiler first, then from memory, and in a process that has none from the disk."""
    origins = [compiled("plus 2", TARGET, plus(2)).origin, compiled("plus 2", TARGET, unexpected).origin]
    forget()
    code = compiled("plus 2", TARGET, unexpected)
    assert (["compiled", "memory", "disk"], 3) == ([*origins, code.origin], code.function("plus", UNARY)(1))


def test_other_process_reads_code() -> None:
    """A process finds the code that one before it compiled."""
    program = "code = compiled('plus 2', TARGET, plus(2)); print(code.origin, call(code))"
    assert ["compiled 3\n", "disk 3\n"] == [run(program), run(program)]


def test_numba_is_not_imported() -> None:
    """Compiling does not wait for Numba's import."""
    assert "False\n" == run("call(compiled('plus 2', TARGET, plus(2))); print('numba' in sys.modules)")


@pytest.mark.parametrize(
    ("description", "target", "optimization"),
    [
        ("plus 3", TARGET, 1),
        ("plus 2", TARGET, 0),
        ("plus 2", replace(TARGET, vector_registers=1), 1),
    ],
)
def test_other_code_is_compiled(description: str, target: Target, optimization: Optimization) -> None:
    """Code for another description, processor or level is not what is there."""
    compiled("plus 2", TARGET, plus(2))
    assert "compiled" == compiled(description, target, plus(2), optimization=optimization).origin


def test_other_sources_compile_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest changes with each byte of a generator, when neither size nor time tells."""
    source = tmp_path / "kernels" / "deep" / "generator.py"
    source.parent.mkdir(parents=True)
    monkeypatch.setattr(machine_code, "_GENERATORS", (tmp_path / "kernels", tmp_path / "missing"))
    digests = set()
    for text in ("factor = 1", "factor = 2"):
        source.write_text(text)
        os.utime(source, (0, 0))
        digests.add(machine_code._sources_digest.__wrapped__())
    assert 2 == len(digests)


def test_another_version_compiles_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code of another version of this package is not taken, also where its sources cannot be read."""
    monkeypatch.setattr(machine_code, "_GENERATORS", ())
    origins = []
    for number in ("1.0", "1.1", "1.0"):
        monkeypatch.setattr(machine_code, "_package_version", lambda number=number: number)
        forget()
        origins.append(compiled("plus 2", TARGET, plus(2)).origin)
    assert ["compiled", "compiled", "disk"] == origins


def test_sources_that_were_not_installed_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing tells the version, only the sources say which code is theirs."""

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(machine_code, "version", missing)
    assert "" == machine_code._package_version.__wrapped__()


def test_damaged_code_is_compiled_anew() -> None:
    """Code on disk that is not intact is replaced."""
    compiled("plus 2", TARGET, plus(2))
    (path,) = code_cache.folder().iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    origins = []
    for _ in range(2):
        forget()
        origins.append(compiled("plus 2", TARGET, plus(2)).origin)
    assert ["compiled", "disk"] == origins


def test_code_is_compiled_without_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be stored, code is compiled and runs, and the process is told."""
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SHAPEDMAT_CACHE", str(tmp_path / "file"))
    with pytest.warns(RuntimeWarning, match="compiled code cannot be kept on disk"):
        code = compiled("plus 2", TARGET, plus(2))
    assert 3 == code.function("plus", UNARY)(1)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more code than is kept in memory, that which was asked for longest ago comes from the disk again."""
    monkeypatch.setattr(machine_code, "MAXIMUM_LOADED", 2)
    for number in (1, 2, 1, 3):
        compiled(f"plus {number}", TARGET, plus(number))
    origins = [compiled(f"plus {number}", TARGET, unexpected).origin for number in (1, 3, 2)]
    assert (["memory", "memory", "disk"], 2) == (origins, len(machine_code._loaded))


def test_dropped_code_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that is no longer kept in memory lives on with its users."""
    monkeypatch.setattr(machine_code, "MAXIMUM_LOADED", 0)
    function = compiled("plus 2", TARGET, plus(2)).function("plus", UNARY)
    gc.collect()
    assert (3, 0) == (function(1), len(machine_code._loaded))


def test_threads_compile_once() -> None:
    """Of threads that ask for the same code at once, one compiles and the others wait for it."""
    built, origins = [], []
    start = threading.Barrier(8)

    def build() -> str:
        built.append(1)
        return PLUS.format(number=2)

    def ask() -> None:
        start.wait()
        origins.append(compiled("plus 2", TARGET, build).origin)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ([1], ["compiled"] + ["memory"] * 7) == (built, sorted(origins))


def test_code_in_memory_does_not_wait() -> None:
    """A thread gets code that is in memory while another one builds."""
    compiled("plus 2", TARGET, plus(2))
    origins = []

    def build() -> str:
        asking = threading.Thread(target=lambda: origins.append(compiled("plus 2", TARGET, unexpected).origin))
        asking.start()
        asking.join(timeout=30)
        return PLUS.format(number=3)

    compiled("plus 3", TARGET, build)
    assert ["memory"] == origins


def test_build_may_compile() -> None:
    """What builds code can ask for other code."""

    def build() -> str:
        return PLUS.format(number=compiled("plus 2", TARGET, plus(2)).function("plus", UNARY)(1))

    assert 4 == compiled("plus 3", TARGET, build).function("plus", UNARY)(1)


def test_interruption_leaves_nothing() -> None:
    """After Control-C in the middle of building, this thread and others compile as if nothing had been asked for."""
    with pytest.raises(KeyboardInterrupt):
        compiled("plus 2", TARGET, interrupted)
    origins = []
    other = threading.Thread(target=lambda: origins.append(compiled("plus 2", TARGET, plus(2)).origin))
    other.start()
    other.join(timeout=30)
    assert ["compiled", "memory"] == [*origins, compiled("plus 2", TARGET, unexpected).origin]


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


@forks
def test_forked_process_calls_and_compiles() -> None:
    """A forked process calls functions that were loaded before, and compiles new ones."""
    program = """
code = compiled("plus 2", TARGET, plus(2))
fork(lambda: (call(code), call(compiled("plus 3", TARGET, plus(3)))))
"""
    assert "(3, 4)\n" == run(program)


@forks
def test_forked_process_compiles_in_threads() -> None:
    """A forked process can compile in threads of its own."""
    program = """
def work():
    results = []
    thread = threading.Thread(target=lambda: results.append(call(compiled("plus 2", TARGET, plus(2)))))
    thread.start()
    thread.join()
    return results

fork(work)
"""
    assert "[3]\n" == run(program)


@forks
def test_fork_while_another_thread_builds() -> None:
    """A process that is forked while another thread builds code does not wait for that thread, which it lacks."""
    program = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads
building, done = threading.Event(), threading.Event()

def slow():
    building.set()
    done.wait()
    return plus(2)()

thread = threading.Thread(target=lambda: compiled("plus 2", TARGET, slow))
thread.start()
building.wait()
fork(lambda: call(compiled("plus 2", TARGET, plus(2))))
done.set()
thread.join()
print(compiled("plus 2", TARGET, plus(2)).origin)
"""
    assert "3\nmemory\n" == run(program)


@forks
def test_fork_while_another_thread_compiles() -> None:
    """A process that is forked while another thread is inside LLVM can use it."""
    program = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads
stop = threading.Event()

def compile_on():
    text = "\\n".join(plus(2)().replace("@plus", f"@plus{i}") for i in range(200))
    while not stop.is_set():
        load(compile_module(text, TARGET))

thread = threading.Thread(target=compile_on)
thread.start()
for number in range(10):
    time.sleep(0.005)
    fork(lambda: call(load(compile_module(plus(number)(), TARGET))))
stop.set()
thread.join()
"""
    assert "".join(f"{number + 1}\n" for number in range(10)) == run(program)
