"""Run by pm4py's own Python: reads an XES and an OCEL log back and replays the cases on given nets.

``python replay.py LOG.xes LOG.ocel.json NETS.json ANSWER.json``; nets are ``{process: [[move, source, target], ...]}``.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

from pm4py.algo.conformance.tokenreplay import algorithm as token_replay  # noqa: E402 - pm4py warns at its import.
from pm4py.objects.log.importer.xes import importer as xes  # noqa: E402
from pm4py.objects.log.obj import EventLog, Trace  # noqa: E402
from pm4py.objects.ocel.importer.jsonocel import importer as ocel  # noqa: E402
from pm4py.objects.petri_net.obj import Marking, PetriNet  # noqa: E402
from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to  # noqa: E402

_ACTIVITY = token_replay.Variants.TOKEN_REPLAY.value.Parameters.ACTIVITY_KEY


def net_of(arcs: list[list[str]]) -> tuple[PetriNet, dict[str, PetriNet.Place]]:
    """A net with a place for each state and one visible transition for each arc."""
    net = PetriNet("process")
    places: dict[str, PetriNet.Place] = {}
    for name in dict.fromkeys(place for _, *ends in arcs for place in ends):
        places[name] = PetriNet.Place(name or "start")
        net.places.add(places[name])
    for number, (move, source, target) in enumerate(arcs):
        transition = PetriNet.Transition(f"t{number}", move)
        net.transitions.add(transition)
        add_arc_from_to(places[source], transition, net)
        add_arc_from_to(transition, places[target], net)
    return net, places


def without_a_step(log: EventLog) -> EventLog:
    """The log with the second event of each case left out: it must not fit any more."""
    return EventLog([Trace([trace[0], *trace[2:]], attributes=trace.attributes) for trace in log if len(trace) > 3])


def fitness(log: EventLog, nets: dict[str, list[list[str]]]) -> list[float]:
    """The fitness of every case on the net of its process; it ends where its last event left it."""
    found = []
    for process, arcs in nets.items():
        net, places = net_of(arcs)
        for trace in log:
            if trace.attributes["process"] == process:
                one = EventLog([trace])
                final = Marking({places[trace[-1]["state_after"]]: 1})
                told = {_ACTIVITY: "move", token_replay.Variants.TOKEN_REPLAY.value.Parameters.SHOW_PROGRESS_BAR: False}
                result = token_replay.apply(one, net, Marking({places[""]: 1}), final, parameters=told)
                found += [row["trace_fitness"] if row["trace_is_fit"] else 0.0 for row in result]
    return found


def main() -> None:
    """Counts and fitness into the answer; pm4py itself greets on standard output."""
    log = xes.apply(sys.argv[1], variant=xes.Variants.ITERPARSE, parameters={"show_progress_bar": False})
    objects = ocel.apply(sys.argv[2], variant=ocel.Variants.OCEL20_STANDARD)
    with open(sys.argv[3], encoding="utf-8") as file:  # noqa: PTH123 - one line that any Python reads.
        nets = json.load(file)
    kinds = objects.objects["ocel:type"].value_counts()
    told = {
        "cases": len(log),
        "events": sum(len(trace) for trace in log),
        "resources": len({event["org:resource"] for trace in log for event in trace if "org:resource" in event}),
        "labels": len({event["concept:name"] for trace in log for event in trace}),
        "ocel_events": len(objects.events),
        "ocel_people": int(objects.events["person"].nunique()),
        "objects": {str(kind): int(number) for kind, number in kinds.items()},
        "relations": len(objects.relations),
        "fitness": fitness(log, nets),
        "fitness_spoilt": fitness(without_a_step(log), nets),
    }
    with open(sys.argv[4], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(told, file)


if __name__ == "__main__":
    main()
