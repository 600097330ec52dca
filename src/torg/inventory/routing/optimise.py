"""Choosing who sends by the least cost, with a solver for mixed-integer programs (HiGHS).

The cost is `rules.cost`: shipping, splits, lateness, and the risk of selling a place out. The solver works on whole
numbers of units and places; what it answers is added up again in integers, so that no rounding of its own gets into an
amount. It may think for `SECONDS`; then the best that it has found counts, with how far it is at most from the least.

It is called in a thread (`least_cost` there, never on the event loop): the solver runs without the interpreter's lock.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from torg.inventory.model import Held
from torg.inventory.routing import rules
from torg.inventory.routing.model import Costs, Decision, Passed, Place, Question, Rule, Step, Want

SECONDS = 0.1
PROVEN = 1e-9


def least_cost(rule: Rule, costs: Costs, question: Question, *, seconds: float = SECONDS) -> Decision | Step:
    """The cheapest decision that the rule allows; a step that says why it passes when it allows none."""
    places, left_out = rules.considered(rule, question)
    step = Step(rule.name, left_out, tuple(place.location for place in places))
    if not places:
        return _passes(step, Passed.no_place)
    program = _Program(rule, costs, question, places)
    if not program.enough():
        return _passes(step, Passed.not_enough)
    solved = program.solve(seconds)
    if solved is None:
        return _passes(step, Passed.too_many_parcels)
    parts, gap = solved
    return Decision(parts, rule.name, (step,), rules.cost(costs, question, parts), gap)


def _passes(step: Step, why: Passed) -> Step:
    return Step(step.rule, step.left_out, step.ranked, why)


class _Program:
    """Columns: whether each place sends; whether the order is split; how many of each line each place sends."""

    def __init__(self, rule: Rule, costs: Costs, question: Question, places: Sequence[Place]) -> None:
        self.rule = rule
        self.costs = costs
        self.question = question
        self.places = places
        self.wants = question.wants
        self.rows: list[tuple[float, float, dict[int, float]]] = []
        self.upper: list[float] = []
        self.cost: list[float] = []
        self.send = [self._column(1, self._sending(place)) for place in places]
        self.split = self._column(1, 0)
        self.units = {
            (w, p): self._column(self._most(want, place), self._unit(want, place))
            for w, want in enumerate(self.wants)
            for p, place in enumerate(places)
        }
        self._serve_everything()
        self._only_what_is_free()
        self._few_parcels()
        self._not_too_few()

    def enough(self) -> bool:
        """Whether the places together have everything."""
        need: dict[UUID, int] = defaultdict(int)
        for want in self.wants:
            need[want.variant_id] += want.quantity
        return all(
            sum(max(0, place.free.get(variant, 0) - self.rule.keep) for place in self.places) >= units
            for variant, units in need.items()
        )

    def solve(self, seconds: float) -> tuple[tuple[Held, ...], int] | None:
        """The parts of the best solution, and how far (parts per million) it may be from the least cost."""
        import highspy  # 30 MB with NumPy: only for a process whose channels optimise

        solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the package's own constructor has no types
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("time_limit", seconds)
        solver.setOptionValue("mip_rel_gap", PROVEN)
        solver.passModel(self._model(highspy))
        solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        values = list(solver.getSolution().col_value)
        parts = [
            Held(want.line_id, want.variant_id, self.places[p].location, round(values[column]))
            for (w, p), column in self.units.items()
            for want in (self.wants[w],)
            if round(values[column])
        ]
        parts.sort(key=lambda part: (part.line_id, part.location))
        return tuple(parts), round(max(0.0, info.mip_gap) * 1_000_000)

    def _column(self, upper: float, cost: float) -> int:
        self.upper.append(upper)
        self.cost.append(cost)
        return len(self.upper) - 1

    def _sending(self, place: Place) -> int:
        late = rules.late_by(place, self.question.destination) * self.costs.day_late
        return rules.parcel(self.costs, place, self.question.destination) + late + self.costs.split

    def _unit(self, want: Want, place: Place) -> int:
        return rules.unit_weight(self.costs, want) + rules.unit_risk(self.costs, want, place)

    def _most(self, want: Want, place: Place) -> int:
        return min(want.quantity, max(0, place.free.get(want.variant_id, 0) - self.rule.keep))

    def _serve_everything(self) -> None:
        for w, want in enumerate(self.wants):
            row = {self.units[w, p]: 1.0 for p in range(len(self.places))}
            self.rows.append((want.quantity, want.quantity, row))

    def _only_what_is_free(self) -> None:
        lines: dict[UUID, list[int]] = defaultdict(list)
        for w, want in enumerate(self.wants):
            lines[want.variant_id].append(w)
        for p, place in enumerate(self.places):
            for variant, numbers in lines.items():
                free = max(0, place.free.get(variant, 0) - self.rule.keep)
                if len(numbers) > 1:
                    row = {self.units[w, p]: 1.0 for w in numbers} | {self.send[p]: -float(free)}
                    self.rows.append((-_INFINITE, 0.0, row))
                for w in numbers:
                    most = self._most(self.wants[w], place)
                    self.rows.append((-_INFINITE, 0.0, {self.units[w, p]: 1.0, self.send[p]: -float(most)}))

    def _few_parcels(self) -> None:
        most = self.rule.most_parcels
        row = dict.fromkeys(self.send, 1.0) | {self.split: -float(most - 1)}
        self.rows.append((-_INFINITE, 1.0, row))
        for p in range(len(self.places)) if self.rule.least_value else ():
            value = {self.units[w, p]: float(rules.unit_value(want)) for w, want in enumerate(self.wants)}
            least = float(self.rule.least_value)
            self.rows.append((-least, _INFINITE, value | {self.send[p]: -least, self.split: -least}))

    def _not_too_few(self) -> None:
        """Nothing that the other rows do not say as well, but the solver sees it at once: of each variant, the places
        with most of it cannot be fewer than this."""
        for w, want in enumerate(self.wants):
            most = sorted((self._most(want, place) for place in self.places), reverse=True)
            missing, needed = want.quantity, 0
            while missing > 0 and needed < len(most):
                missing -= most[needed]
                needed += 1
            row = {
                self.send[p]: 1.0 for p, place in enumerate(self.places) if self._most(self.wants[w], place)
            }
            self.rows.append((float(needed), _INFINITE, row))

    def _model(self, highs: Any) -> Any:
        model = highs.HighsLp()
        model.num_col_, model.num_row_ = len(self.upper), len(self.rows)
        model.col_cost_, model.col_lower_, model.col_upper_ = self.cost, [0.0] * len(self.upper), self.upper
        model.row_lower_ = [lower for lower, _, _ in self.rows]
        model.row_upper_ = [upper for _, upper, _ in self.rows]
        start, index, value = [0], [], []
        for _, _, row in self.rows:
            index += list(row)
            value += list(row.values())
            start.append(len(index))
        matrix = model.a_matrix_
        matrix.format_ = highs.MatrixFormat.kRowwise
        matrix.num_col_, matrix.num_row_ = len(self.upper), len(self.rows)
        matrix.start_, matrix.index_, matrix.value_ = start, index, value
        whole = len(self.upper) if self.rule.least_value else len(self.send) + 1
        kinds = highs.HighsVarType
        model.integrality_ = [kinds.kInteger] * whole + [kinds.kContinuous] * (len(self.upper) - whole)
        return model


_INFINITE = float("inf")
