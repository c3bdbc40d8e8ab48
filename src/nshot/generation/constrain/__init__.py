"""Constrained decoding: a recogniser that reads from-first SQL byte by byte and refuses what is not
valid.

`Recogniser` knows the grammar of analytic SELECT statements with FROM in front, and the names of
one schema: which tables may follow `join`, and which columns the sources of each SELECT have.
`ConstraintState` applies it to a model's tokens, for the engines.

It does not know the types of columns, what is in a database, or how likely a token is.
"""

from nshot.generation.constrain.choose_tokens import CANDIDATES, best_valid, constrain_pick, only_valid
from nshot.generation.constrain.constraint_state import ConstraintState
from nshot.generation.constrain.context_free import ContextFreeGrammar, write_context_free
from nshot.generation.constrain.functions import FUNCTIONS
from nshot.generation.constrain.gbnf import to_gbnf
from nshot.generation.constrain.limits import GrammarLimits
from nshot.generation.constrain.pieces import Pieces
from nshot.generation.constrain.recogniser import Recogniser, recogniser
from nshot.generation.constrain.state import RecogniserState

__all__ = [
    "CANDIDATES",
    "FUNCTIONS",
    "ConstraintState",
    "ContextFreeGrammar",
    "GrammarLimits",
    "Pieces",
    "Recogniser",
    "RecogniserState",
    "best_valid",
    "constrain_pick",
    "only_valid",
    "recogniser",
    "to_gbnf",
    "write_context_free",
]
