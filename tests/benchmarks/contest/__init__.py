"""What trains the same network, each in a process of its own: this package, JAX and PyTorch.

`task` says what is trained, `ours`, `jax_networks` and `torch_networks` do it, `worker` runs one of them in a process,
`rounds` lets all take turns, and `machine` measures what the processor could do at best.
"""
