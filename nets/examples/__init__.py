"""Programs to read, run and adapt: ``python -m nets.examples.<name>``, each with ``--help``."""
