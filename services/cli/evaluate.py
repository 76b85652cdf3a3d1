"""`foldspace evaluate`: from files to the figures, as tables or JSON, and to the trade-off curve."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from services.cli.evaluationtable import tables
from services.cli.language import language_of
from services.contracts.community import Community, load_community
from services.contracts.errors import FileError, InvalidError
from services.contracts.files import (
    BookingRow,
    RecordedMessage,
    RequestRow,
    TruthRow,
    read_bookings,
    read_policy,
    read_recording,
    read_requests,
    read_truth,
)
from services.contracts.policy import Policy
from services.evaluation.ablation import Ablation
from services.evaluation.drawing import Line, draw
from services.evaluation.report import Figures, by_space, difference, report, trade_off
from services.evaluation.run import evaluate
from services.evaluation.sharing import sharing


@dataclass(slots=True)
class _Study:
    """The files of one call, and the curves of the runs over them."""

    recording: Path
    community: Community
    truth: Sequence[TruthRow]
    bookings: Sequence[BookingRow]
    requests: Sequence[RequestRow]
    policy: Policy | None
    with_curve: bool
    lines: list[Line] = field(default_factory=list)

    def run(self, ablation: Ablation | None) -> Figures:
        """Run over the recording, with everything or with something left out."""
        community = self.community if ablation is None else ablation.community
        messages: Iterable[RecordedMessage] = read_recording(self.recording)
        if ablation is not None:
            messages = ablation.messages(messages)
        result = evaluate(
            messages, community, self.bookings, self.policy, requests=self.requests, sampled=bool(self.truth)
        )
        if self.with_curve:
            self.lines.append(Line(trade_off(result, self.truth), None if ablation is None else ablation.name))
        figures = report(result, self.truth, self.bookings)
        if ablation is None and (self.requests or (self.policy is not None and self.bookings)):
            compared = self._current() if self.policy is not None else {}
            name = "current" if self.policy is None else "new"
            figures["compare"] = {**compared, name: sharing(result, figures["total"], by_space(self.truth))}
        return figures

    def _current(self) -> Figures:
        """Return what the community's own policy would have given to whom."""
        result = evaluate(read_recording(self.recording), self.community, self.bookings, requests=self.requests)
        total = report(result, self.truth, self.bookings)["total"]
        return {"current": sharing(result, total, by_space(self.truth))}


def print_evaluation(
    recording: Path,
    community_file: Path,
    truth_file: Path | None,
    bookings_file: Path | None,
    policy_file: Path | None,
    *,
    requests_file: Path | None = None,
    ablate: Sequence[str] = (),
    curve_file: Path | None = None,
    as_json: bool,
) -> None:
    """Read the files, evaluate, print, and draw if asked to.

    Raises FileError for a file that cannot be used, UsageError for what cannot be left out or drawn.
    """
    if curve_file is not None and truth_file is None:
        raise click.UsageError("--curve: expected --truth as well; without it nothing is false")
    community = load_community(community_file)
    try:
        ablations = [Ablation.of(name, community) for name in dict.fromkeys(ablate)]
    except InvalidError as error:
        raise click.UsageError(str(error)) from None
    truth = read_truth(truth_file) if truth_file else []
    if truth_file is not None and not truth:
        raise FileError(f"{truth_file}: holds no row, expected who was there and when")
    bookings = read_bookings(bookings_file) if bookings_file else []
    requests = read_requests(requests_file) if requests_file else []
    policy = read_policy(policy_file) if policy_file else None
    known = {(space.site, space.id) for space in community.spaces}
    for row in bookings:
        if (row.site, row.space) not in known:
            raise FileError(
                f"{bookings_file}: booking {row.id}: {row.site}/{row.space} is not a space of {community_file}"
            )
    for wish in requests:
        if wish.space is not None and (wish.site, wish.space) not in known:
            raise FileError(
                f"{requests_file}: request {wish.id}: {wish.site}/{wish.space} is not a space of {community_file}"
            )
    for line in truth:
        if (line.site, line.space) not in known:
            raise FileError(f"{truth_file}: {line.site}/{line.space} is not a space of {community_file}")
    study = _Study(recording, community, truth, bookings, requests, policy, curve_file is not None)
    figures = study.run(None)
    if ablations:
        figures["ablations"] = {}
    for ablation in ablations:
        without = study.run(ablation)
        figures["ablations"][ablation.name] = {
            **without,
            "left_out": ablation.left_out,
            "difference": difference(figures, without),
        }
    language = language_of(os.environ)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2, sort_keys=True))
    else:
        click.echo(tables(figures, language))
    if curve_file is not None:  # last: a folder that is not there must not cost the figures
        total = figures["total"]
        _write(curve_file, draw(study.lines, recording.name, total["occupied_min"], total["vacant_min"], language))


def _write(file: Path, document: str) -> None:
    try:
        file.write_text(document, encoding="utf-8", newline="\n")
    except OSError as error:
        raise FileError(f"{file}: cannot be written: {error.strerror}") from None
