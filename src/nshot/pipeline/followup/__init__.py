"""Follow-up questions: `and in 2015?` becomes a question that stands alone.

`cues` finds what cannot be understood without the question before; `reading` finds the parts of a
question; `rules` combine the two; `stand_alone` does it for a conversation. `history` puts the
turns before into the prompt of a chat model.

This package does not know how examples are found, how a prompt is worded or who answers. It asks no
model.
"""

from nshot.pipeline.followup.stand_alone import StandAlone, stand_alone, understand

__all__ = ["StandAlone", "stand_alone", "understand"]
