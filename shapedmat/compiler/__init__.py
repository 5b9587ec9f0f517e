"""Compiled functions: a Python function of matrices is traced into a graph, and the graph becomes machine code."""

from shapedmat.compiler.function import Compiled as Compiled
from shapedmat.compiler.function import jit as jit
from shapedmat.compiler.loop import MiniBatchLoop as MiniBatchLoop
from shapedmat.compiler.tracing import Trace as Trace
from shapedmat.compiler.tracing import trace as trace
