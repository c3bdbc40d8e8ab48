"""Words that are too common in questions to indicate a cell value on their own."""

COMMON_WORDS = frozenset(
    """
    a about above after all also among an and any are as ascending at average be been before below between
    both but by can code count country city date day descending did different do does each either every few
    find first for from full get give group had has have having he her his how id if in include is it its
    kind last least less list long many maximum may me mean minimum month more most much my name names new
    no none not number of off on once one only or order other our out over per please return same second see
    she show since so some state such sum tell than that the their them then there these they this those
    three time title to top total two type under until up us use used user value was we were what when where
    which while who whose why will with within without won year yes you your
    """.split()
)
"""English function words, words of commands and counting, and the most common column names."""
