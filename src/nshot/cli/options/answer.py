"""The options of `nshot ask`: how answers are shown and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nshot.cli.output.row_formats import RowFormat
from nshot.errors import OptionError
from nshot.options import check_least, option


@dataclass(frozen=True)
class AnswerOptions:
    """How questions are asked and answers are shown; checked on construction."""

    EXPLICIT: ClassVar = True

    evidence: str = option("")
    """A hint for the model, such as what a word means here."""
    limit: int = option(20)
    """Maximum number of rows that are printed."""
    show_prompt: bool = option(False, only_on=True)
    """Print the prompt, too."""
    as_json: bool = option(False, name="json", only_on=True)
    """Print one JSON value for each question."""
    as_csv: bool = option(False, name="csv", only_on=True)
    """Print only the rows, all of them, as CSV."""
    as_tsv: bool = option(False, name="tsv", only_on=True)
    """Print only the rows, separated by tabs."""
    as_nl: bool = option(False, name="nl", only_on=True)
    """Print only the rows, one JSON object per line."""
    labels: bool | None = option(None)
    """Show a name beside a bare id, where a foreign key leads to a table with one column of names.
    By default yes in a session, else no."""
    log: bool = option(True)
    """Keep the question and its SQL, never its rows, for nshot log. The variable NSHOT_NO_LOG
    switches it off, too."""

    def __post_init__(self) -> None:
        check_least("limit", self.limit)
        if len(self._forms) > 1:
            named = " and ".join(f"`{name}`" for name in self._forms)
            raise OptionError(f"{named} exclude each other; give one of them")

    @property
    def _forms(self) -> list[str]:
        """The forms of output that were asked for."""
        forms = {"json": self.as_json, "csv": self.as_csv, "tsv": self.as_tsv, "nl": self.as_nl}
        return [name for name, wanted in forms.items() if wanted]

    @property
    def rows_as(self) -> RowFormat | None:
        """The form in which the rows alone are printed; None if more than the rows is."""
        forms: dict[RowFormat, bool] = {"csv": self.as_csv, "tsv": self.as_tsv, "nl": self.as_nl}
        return next((name for name, wanted in forms.items() if wanted), None)

    def check_questions(self, count: int) -> None:
        """Check that this number of questions can be answered in this form.

        Raises:
            OptionError: Rows alone are wanted, of no or of several questions.
        """
        if self.rows_as and count != 1:
            raise OptionError(f"`{self.rows_as}` prints the rows of one question; give one, or take `json`")
