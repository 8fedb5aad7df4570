"""Children: one that lingers, floods, closes its descriptors or stops, while its cell is measured."""

import signal

from faults.fault import Fault, Late
from faults.moments import measuring
from faults.promise import insist
from faults.victim import NOW, Truth, Victim

_TIMEOUT_S = 2.0


def _misbehaving(how: str, what: str, promise: str, statuses: set[str]) -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        model = victim.chance.choice([*NOW])
        extra = {"FAULT": how, "FAULT_IN": model, "FAULT_SEED": str(victim.chance.randrange(1000))}
        running = victim.command(f"--swap-timeout={_TIMEOUT_S:g}", "-n", victim.chance.choice("02"), extra=extra)
        status = running.ended({0, 1})
        victim.settle(running)
        records = victim.run().records
        found = {
            record.cell.model: {one.status for one in records if one.cell.model == record.cell.model}
            for record in records
        }
        for name, ends in found.items():
            insist(ends <= (statuses if name == model else {"ok"}), "wrong", f"{name}: {ends}; {running.output}")
        insist((status == 0) == all(record.status == "ok" for record in records), "untold", running.output)
        insist(len(records) == len(truth.results), "lost", f"{len(records)} records")

    return Fault(f"a child that {what}", promise, inject)


def _stopped_server(victim: Victim, truth: Truth) -> None:
    """Stop a fork server from outside while cells are measured, as a debugger or a frozen container does."""
    running = victim.command(f"--swap-timeout={_TIMEOUT_S:g}")
    measuring(running, victim, 0.3)
    hit = running.kill("server", victim.chance, signal.SIGSTOP)
    status = running.ended({0, 1})
    victim.settle(running)
    if not hit:
        raise Late
    ends = [record.status for record in victim.run().records]
    insist(ends.count("timeout") == status and ends.count("ok") == len(ends) - status, "wrong", str(ends))


FAULTS = [
    _misbehaving(
        "linger",
        "forks, and leaves copies that live on in sessions of their own",
        "Its cell is measured; what it left is ended with it.",
        {"ok"},
    ),
    _misbehaving(
        "flood", "floods its output", "Its cell is measured; the end of what it said is kept, and no more.", {"ok"}
    ),
    _misbehaving(
        "flood on",
        "floods its output without an end",
        "Its cell ends with the time-out; the others are measured.",
        {"timeout"},
    ),
    _misbehaving(
        "close",
        "closes all its descriptors",
        "Its cell is told as crashed; the others are measured.",
        {"crashed", "failed"},
    ),
    _misbehaving(
        "close on",
        "closes all its descriptors, and goes on for ever",
        "Its cell ends with the time-out; the others are measured.",
        {"timeout", "crashed"},
    ),
    _misbehaving("stop", "stops itself", "Its cell ends with the time-out; the others are measured.", {"timeout"}),
    Fault(
        "a fork server that is stopped (SIGSTOP)",
        "The cell that it was at ends with the time-out; the others are measured.",
        _stopped_server,
    ),
]
