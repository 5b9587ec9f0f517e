"""Matrices whose shape is part of their type.

Names are imported from their modules on first use, so that a type checker that loads `shapedmat.shapes` does not load
NumPy with it. ``__init__.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
