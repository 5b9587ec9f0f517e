"""The kernels that backends launch: compiled loops for the CPU, CUDA sources for the GPU."""
