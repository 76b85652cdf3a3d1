"""`make bench`, or `make bench ARGS="ingest latency"` for some of them."""

import sys

from tests.bench import board, deciding, fold, ingest, itc, killdrill, latency, memory, planner, scale, schedule, truth

_BENCHES = {
    "fold": fold.run,
    "ingest": ingest.run,
    "scale": scale.run,
    "latency": latency.run,
    "deciding": deciding.run,
    "schedule": schedule.run,
    "memory": memory.run,
    "killdrill": killdrill.run,
    "planner": planner.run,
    "itc": itc.run,
    "truth": truth.run,
    "board": board.run,
}

chosen = sys.argv[1:] or list(_BENCHES)
unknown = [name for name in chosen if name not in _BENCHES]
if unknown:
    sys.exit(f"no bench named {', '.join(unknown)}; there are {', '.join(_BENCHES)}")
for name in chosen:
    print(f"== {name}: {(sys.modules[f'tests.bench.{name}'].__doc__ or '').splitlines()[0]}", flush=True)
    _BENCHES[name]()
