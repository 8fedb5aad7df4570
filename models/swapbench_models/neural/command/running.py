"""The command `run`: a text's network, compiled, trained as its text asks, and scored."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from swapbench_models.arguments import at_least, seed
from swapbench_models.neural.command.arguments import (
    add_backend,
    add_data,
    add_device,
    add_hpo,
    add_network,
    add_reading,
    chosen,
    require_fit,
    require_folds,
    require_hpo,
)
from swapbench_models.neural.command.found import Found
from swapbench_models.neural.command.searching import tried
from swapbench_models.neural.command.telling import stage
from swapbench_models.neural.command.writing import add_force
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add run."""
    parser = commands.add_parser("run", help="compile a network, train it as its text asks, and score it on one fold")
    parser.set_defaults(command=_run)
    add_network(parser)
    add_backend(parser, trains=True)
    add_data(parser)
    add_device(parser)
    add_hpo(parser)
    parser.add_argument("--epochs", type=at_least(1), help="passes over the data (default: as the text says, or 5)")
    parser.add_argument("--seed", type=seed, default=0, help="of folds, weights, order, dropout (default: 0)")
    parser.add_argument("--folds", type=at_least(2), default=5, help="how many (default: 5); also for trials")
    parser.add_argument("--fold", type=at_least(0), default=0, help="the one to score on (default: 0)")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--save", metavar="DIR", help="keep what was trained there: its text and its weights")
    kept.add_argument("--load", metavar="DIR", help="train nothing, score what --save has kept of this text")
    add_force(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_reading(parser)


def _run(options: argparse.Namespace) -> int:
    if options.fold >= options.folds:
        raise NeuralError(f"There is no fold {options.fold} of {options.folds}; the last is {options.folds - 1}.")
    require_hpo(options, "method", "trials", "points")
    if options.load and (options.hpo or options.epochs):
        raise NeuralError(f"--load trains nothing: leave --{'hpo' if options.hpo else 'epochs'} out.")
    source, checked = chosen(options)
    from swapbench_models.neural import datasets, saved, trial
    from swapbench_models.neural.text_classifier import TextClassifier

    with stage(options, "data loaded"):
        X, y = datasets.load(options.dataset, options.data)
    require_fit(source, checked, X, y, options.hpo)
    require_folds(y, options.folds)
    if options.save:
        saved.prepare(Path(options.save), options.force)
    searched = _searched(options, source, checked, X, y) if options.hpo else None
    checked = checked if searched is None else searched.checked
    with stage(options, "generated and built"):
        classifier = TextClassifier(checked, options.backend, options.epochs, options.seed, options.device)
    part = {"dataset": options.dataset.lower(), "seed": options.seed, "folds": options.folds, "fold": options.fold}
    lesson = saved.Lesson.of(part, X, y)
    if options.load:
        saved.load(Path(options.load), source.text, classifier, lesson)
    with stage(options, "scored" if options.load else "trained and scored"):
        scale, metrics = datasets.scale(options.dataset), checked.training.metrics
        fold = (options.folds, options.fold, options.seed)
        found = trial.run(classifier, X, y, *fold, scale=scale, metrics=metrics, fitted=bool(options.load))
    if options.save:
        text = source.text if searched is None else searched.texts()[searched.best.trial.number]
        saved.save(Path(options.save), text, classifier, lesson)
    found |= {
        "epochs": classifier.progress.epochs_run,
        "losses": classifier.progress.losses,
        "validation_losses": classifier.progress.validation_losses,
        "devices": classifier.placed.devices,
    }
    if options.json:
        told = {"network": checked.network.name, "backend": options.backend, "dataset": options.dataset, **found}
        print(json.dumps(told if searched is None else {**told, "search": searched.told()}, indent=2))
    else:
        _print(options, f"{source.name}: {checked.network.name}", classifier, found)
    return 0


def _print(options: argparse.Namespace, name: str, classifier: Any, found: dict[str, Any]) -> None:
    where = f"{name} on {options.backend} ({', '.join(found['devices'])})"
    print(f"{where}, as kept in {options.load}" if options.load else f"{where}, {_trained(classifier, found)}")
    print(
        f"fold {options.fold} of {options.folds}: accuracy {found['accuracy']:.4f}, macro F1 {found['macro_f1']:.4f}, "
        f"log loss {found['log_loss']:.4f} nats"
    )
    if "metrics" in found:
        print(f"as the text asks: {', '.join(_metric(*each) for each in found['metrics'].items())}")


def _metric(name: str, value: float | None) -> str:
    return f"{name} is not computed" if value is None else f"{name} {value:.4f}"


def _trained(classifier: Any, found: dict[str, Any]) -> str:
    trained, kept = (len(part) for part in classifier.plan.split(found["train_examples"]))
    beside = f", of {kept:,} kept for validation {found['validation_losses'][-1]:.4f}" if kept else ""
    took = f"{found['epochs']} epochs of {trained:,} examples in {found['fit_seconds']:.1f} s"
    return f"{took}, loss {found['losses'][-1]:.4g}{beside}"


def _searched(options: argparse.Namespace, source: Source, checked: Checked, X: Any, y: Any) -> Found:
    """Return what trials have found on the other folds alone: the one to score on must not choose."""
    from swapbench_models.neural import trial

    train, _ = trial.split(y, options.folds, options.fold, options.seed)
    with stage(options, "searched"):
        return tried(options, source, checked, X[train], y[train], None if options.json else sys.stdout)
