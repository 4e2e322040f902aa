"""Arguments that many fields share, with their descriptions."""

from __future__ import annotations

from typing import Annotated

import strawberry

First = Annotated[
    int | None,
    strawberry.argument(
        description="How many from the front: 1 to 100. 20 when neither `first` nor `last` is given."
    ),
]
After = Annotated[str | None, strawberry.argument(description="Begin behind this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the back: 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="End before this cursor.")]
