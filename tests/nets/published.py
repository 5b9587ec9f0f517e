"""Where the published data sets are that some tests read."""

import os
from pathlib import Path
from typing import Final

PUBLISHED: Final = Path(os.environ.get("SHAPEDMAT_DATA_DIR", Path(__file__).parents[3] / "shared" / "data"))
