"""Settings of a model: prompt, chat mode, decoding, number of examples.

A tuned model works best with the settings that it was tuned with. The folder of an adapter (or of a
whole tuned model) therefore stores them beside the weights, in `nshot.json`, together with the
user's own template if there is one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_args

from nshot.artifacts import make_folder, parse_json, write_text
from nshot.errors import EngineError, NshotError, OptionError, UnknownNameError, explain
from nshot.generation.decoding import Decoding, Method
from nshot.models import EMBEDDED, SHIPPED, ChatMode, is_url
from nshot.options import check_least, is_config, list_options, option
from nshot.prompting import TEMPLATES, PromptBuilder, PromptConfig, load_template

if TYPE_CHECKING:
    from nshot.prompting import TextFormat

FILE = "nshot.json"
TEMPLATE = "template.jinja"
"""The user's own template beside it."""
FORMAT = 1


def _of_model(kind: type) -> tuple[str, ...]:
    """Fields of a config that belong to a model; the others belong to a question."""
    return tuple(one.path[-1] for one in list_options(kind) if one.info.of_model)


@dataclass(frozen=True)
class ModelSettings:
    """How a model is prompted and decoded; checked on construction. The defaults are for untuned
    models.
    """

    PANEL: ClassVar = "Prompt"

    prompt: PromptConfig = field(default_factory=PromptConfig)
    """Settings of prompts; `budget` None means what the model's context leaves."""
    chat: ChatMode = option("auto", of_model=True)
    """Whether prompts get the tokenizer's chat template; auto: if there is one."""
    shots: int = option(3, of_model=True, common=True)
    """Examples that a prompt shows; 0 for none."""
    own_shots: int = option(3, of_model=True, common=True)
    """Examples of the question's own database that a prompt shows, where verified pairs or an index
    with the policy same_db allow has some; at least `shots`. They come before those of other
    databases, which fill up to `shots`. By default `shots` if that is given."""
    ask_twice: bool = option(False, of_model=True)
    """Where a prompt shows examples of the question's own database, ask without them, too, and
    choose among the candidates of both. It has an effect where the model's calibration chooses
    (`rerank`)."""
    trained_shots: str = option("", of_model=True, hidden=True)
    """Number of examples in the training prompts of a tuned model, as `shots` of fine-tuning data.
    """
    decoding: Decoding = field(default_factory=Decoding)

    def __post_init__(self) -> None:
        if self.chat not in get_args(ChatMode):
            raise UnknownNameError("chat mode", self.chat, get_args(ChatMode))
        for name, value in (("shots", self.shots), ("own_shots", self.own_shots)):
            check_least(name, value, 0)

    def template_name(self, shots: int | None = None) -> str:
        """The template for a prompt with this many examples, by default with `shots`."""
        return self.prompt.template or ("n-shot" if (self.shots if shots is None else shots) else "zero-shot")

    def without_constraints(self) -> ModelSettings:
        """The same settings for an engine that has neither constraints nor beams."""
        method: Method = "greedy" if self.decoding.method == "beam" else self.decoding.method
        return replace(self, decoding=replace(self.decoding, constrain=False, method=method))

    def template_sha256(self) -> str:
        """Digest of the template's text, because a file may change under its name."""
        return hashlib.sha256(load_template(self.template_name()).source.encode()).hexdigest()

    def builder(
        self, text: TextFormat, context_length: int | None, shots: int | None = None
    ) -> PromptBuilder:
        """A prompt builder that keeps within the budget and leaves room for the answer in the
        context.

        Args:
            text: The model's tokenizer and chat template.
            context_length: Tokens of prompt and answer; None for no limit.
            shots: Replaces the number of examples.

        Raises:
            OptionError: There is no room for a prompt, or not for one of that budget.
            TemplateError: The template cannot be used.
        """
        config = self.prompt
        if context_length is not None:
            room = context_length - self.decoding.max_new_tokens
            if room < 1:
                raise OptionError(
                    f"`max_new_tokens` {self.decoding.max_new_tokens} leaves no "
                    "room for a prompt in a context "
                    f"of {context_length} tokens; lower it"
                )
            if config.budget is not None and config.budget > room:
                raise OptionError(
                    f"`budget` must be at most {room}, what the model's context leaves, got {config.budget}"
                )
            config = replace(config, budget=config.budget or room)
        return PromptBuilder(self.template_name(shots), config, text)

    def __str__(self) -> str:
        """The settings in one line, for messages.

        >>> print(ModelSettings(chat="off", shots=2))
        template n-shot, form written, scope full, chat off, 2 examples, at most 256 new tokens
        """
        scope = f"scope {self.prompt.scope}"
        if self.prompt.scope == "relevant":
            tokens, tables = self.prompt.schema_tokens, self.prompt.max_tables
            scope += f" of at most {tables} tables" if tokens is None else f" of at most {tokens} tokens"
        parts = [f"template {self.template_name()}", f"form {self.prompt.form}", scope]
        parts += ["cell values shown"] * self.prompt.show_values
        parts += ["codes shown"] * self.prompt.show_codes
        parts += ["undeclared keys found"] * self.prompt.found_keys
        parts += ["names split into words"] * self.prompt.split_names
        parts += [f"chat {self.chat}", f"{self.shots} examples"]
        parts += [f"{self.decoding.beams} beams"] * (self.decoding.method == "beam")
        parts += ["constrained to valid SQL"] * self.decoding.constrain
        return ", ".join([*parts, f"at most {self.decoding.max_new_tokens} new tokens"])

    def save(self, folder: Path) -> None:
        """Writes `nshot.json`, and beside it a template that does not ship with nshot.

        Raises:
            TemplateError: There is no such template.
        """
        make_folder(folder)
        template, kept = self.prompt.template, self.prompt
        if template is not None and template not in TEMPLATES:
            write_text(folder / TEMPLATE, load_template(template).source)
            kept = replace(kept, template=TEMPLATE)
        values = {one.name: getattr(self, one.name) for one in fields(self)} | {"prompt": kept}
        content = {"format": FORMAT} | {name: _to_json(value) for name, value in values.items()}
        write_text(folder / FILE, json.dumps(content, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The settings in a folder; None if it has none.

        Raises:
            EngineError: The file is damaged, of another format, or its template is missing.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        try:
            return cls._read(parse_json(path.read_text(encoding="utf-8")), folder)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, NshotError) as error:
            raise EngineError(
                f"{path} cannot be read ({explain(error)}); repair it, or remove it to use the default "
                "settings"
            ) from error

    @classmethod
    def _read(cls, record: Mapping[str, Any], folder: Path) -> Self:
        rest = dict(record)
        if (found := rest.pop("format")) != FORMAT:
            raise EngineError(
                f"it has format {found}, and this version of nshot reads format {FORMAT}; upgrade nshot"
            )
        prompt, decoding = dict(rest.pop("prompt")), rest.pop("decoding")
        # Folders of earlier versions have the template beside the prompt's settings.
        template = rest.pop("template", None) or prompt.pop("template", None)
        if template is not None and template not in TEMPLATES:
            if template != TEMPLATE or not (folder / TEMPLATE).is_file():
                raise EngineError(f"no template {template!r} in the folder; copy the whole folder again")
            template = str(folder / TEMPLATE)
        if unknown := set(decoding) - set(_of_model(Decoding)):
            raise EngineError(
                f"unknown decoding settings {', '.join(sorted(unknown))}; upgrade nshot, or remove them"
            )
        return cls(
            prompt=PromptConfig(template=template, **_from_json(prompt)),
            decoding=Decoding(**_from_json(decoding)),
            **rest,
        )


def _to_json(value: Any) -> Any:
    """A setting; of a config inside those that belong to a model."""
    if not is_config(value):
        return value
    return {name: getattr(value, name) for name in _of_model(type(value))}


def _from_json(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}


def model_folder(model: str, adapter: Path | None = None) -> Path | None:
    """The folder with what is known of a model: that of the adapter if there is one, otherwise the
    model's.

    Args:
        model: As in `load_engine`.
        adapter: Folder of an adapter.

    Returns:
        None for a server. The folder need not exist: a hub id has none.
    """
    if adapter is not None:
        return adapter
    if model == EMBEDDED:
        return SHIPPED
    if is_url(model):
        return None
    place = Path(model)
    return place.parent if place.suffix == ".gguf" else place


def load_model_settings(model: str, adapter: Path | None = None) -> ModelSettings | None:
    """The settings of a model: those of the adapter's folder if there are any, otherwise the
    model's.

    Args:
        model: As in `load_engine`; the settings of a `.gguf` file are beside it.
        adapter: Folder of an adapter.

    Returns:
        None if there are no settings: for a server, a hub id, or a model or adapter without
        `nshot.json`.

    Raises:
        EngineError: The settings exist but cannot be read.
    """
    folder = model_folder(model, adapter)
    return None if folder is None else ModelSettings.load(folder)


def written_options(model: str, adapter: Path | None = None) -> frozenset[str]:
    """Names of the options that a model's `nshot.json` has a value for; the others have their
    defaults.

    Args:
        model: As in `load_engine`.
        adapter: Folder of an adapter.

    Returns:
        Empty if there are no settings.

    Raises:
        EngineError: The settings exist but cannot be read.
    """
    folder = model_folder(model, adapter)
    if folder is None or ModelSettings.load(folder) is None:
        return frozenset()
    record = parse_json((folder / FILE).read_text(encoding="utf-8"))
    written = {*record, *record["prompt"], *record["decoding"]}
    return frozenset(
        one.name for one in list_options(ModelSettings) if one.info.of_model and one.path[-1] in written
    )
