"""ONNX models put together operator by operator, checked, and written whole (https://onnx.ai/onnx/repo-docs/IR.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from shapedmat import BackendError
from shapedmat.atomic import write_atomically

OPSET: Final = 17
"""The version of ONNX's operators, which runtimes know since 2022."""
IR_VERSION: Final = 8
"""The version of ONNX's files that came with it."""


@dataclass(frozen=True)
class Value:
    """An input or an output of a model.

    Attributes:
        name: its name.
        shape: its sizes, or a name for one that is any.
        dtype: its element type.
    """

    name: str
    shape: tuple[int | str, ...]
    dtype: np.dtype[Any]


class OnnxModel:
    """A model that is put together.

    Raises:
        BackendError: the package onnx is not installed.
    """

    def __init__(self) -> None:
        try:
            import onnx  # noqa: PLC0415  # it is an extra
        except ImportError as error:
            raise BackendError("ONNX models need the package onnx: install shapedmat[onnx]") from error
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._numbers: list[Any] = []

    def number(self, name: str, array: np.ndarray[Any, Any]) -> str:
        """Add an array that operators can take, and return its name."""
        self._numbers.append(self._onnx.numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add(self, operator: str, inputs: Sequence[str], output: str, **settings: Any) -> str:
        """Add an operator with some settings, and return the name of its output."""
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, [output], name=output, **settings))
        return output

    def cast(self, x: str, dtype: np.dtype[Any], output: str) -> str:
        """Add a conversion to an element type, and return the name of its output."""
        return self.add("Cast", [x], output, to=self._onnx.helper.np_dtype_to_tensor_dtype(dtype))

    def save(
        self,
        path: Path,
        inputs: Sequence[Value],
        outputs: Sequence[Value],
        *,
        description: str,
        metadata: Mapping[str, str],
    ) -> None:
        """Check the model and write it atomically.

        Raises:
            OSError: the file cannot be written.
        """
        helper = self._onnx.helper
        graph = helper.make_graph(
            self._nodes, "network", [*map(self._info, inputs)], [*map(self._info, outputs)], self._numbers
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="shapedmat",
            producer_version=version("shapedmat"),
            doc_string=description,
        )
        helper.set_model_props(model, dict(metadata))
        self._onnx.checker.check_model(model, full_check=True)
        write_atomically(path, model.SerializeToString())

    def _info(self, value: Value) -> Any:
        helper = self._onnx.helper
        return helper.make_tensor_value_info(value.name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
