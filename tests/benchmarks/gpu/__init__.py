"""What is measured on a GPU, in one run: `python -m tests.benchmarks.gpu`, whose help says what and how."""
