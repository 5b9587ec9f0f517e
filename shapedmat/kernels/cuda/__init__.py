"""CUDA sources, how they are cut for a shape, and what compiles and launches them; only `driver` needs a GPU."""
