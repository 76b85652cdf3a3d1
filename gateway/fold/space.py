"""One space over time: its sensors' memory, what is believed of it, and how that is said in a room state."""

from collections.abc import Sequence
from functools import reduce

from gateway.fold import tidings, trust
from gateway.fold.answers import Answer, Watch, ask
from gateway.fold.balance import SWITCHED_ON, asked, balance, busy, changes, hold_of, jump
from gateway.fold.belief import AIR_CALMS, AIR_OBJECTS, Belief, conclude
from gateway.fold.drift import heal, proved_empty
from gateway.fold.edges import next_edge, step_of
from gateway.fold.flow import bounded, probability_of
from gateway.fold.memory import SensorMemory, SpaceMemory
from gateway.fold.rights import asks_until
from gateway.fold.testimony import NEVER, Testimony, is_lost
from gateway.fold.things import Things, things_of
from gateway.fold.wholes import of_a_whole, of_parts, together
from services.contracts.community import Space
from services.contracts.events import Alert
from services.contracts.names import Millis
from services.kit.logs import logger

log = logger("gateway")


class SpaceTruth:
    """What is believed of one space. Evaluated at messages and at `due`, never by the way the loop happens to run."""

    def __init__(
        self,
        space: Space,
        watches: Sequence[Watch],
        memory: SpaceMemory,
        parts: Sequence["SpaceTruth"],
    ) -> None:
        self.space = space
        self.parts = parts
        self.watches = {watch.device.id: watch for watch in watches}
        self.due: Millis = 0
        """The next instant at which something may change by itself. Where that is a silence, whoever speaks before it
        puts it off; as nearly all do, `put_off` looks before anything is weighed."""
        self._weigh_at: Millis = 0
        """The next instant at which something changes by itself unless it is a silence."""
        self.belief = Belief("unknown", "just_started", 0.5)
        self.step = 0
        """Which of the steps of confidence that people are told it stands on."""
        self._kinds = {watch.device.id: watch.device.kind for watch in watches}
        self._answers: dict[str, Answer] = {}
        self.hold: Millis = 0
        """How long its motion sensors have to be quiet, in ms, as last weighed."""
        self._rolled_up: Things | None = None
        self.shares: dict[tuple[str, str], float] = {}
        """What each word weighs, in nats per minute, by device and kind."""
        self._troubled = False
        self.take_over(memory)

    def take_over(self, memory: SpaceMemory) -> None:
        """Go on from `memory`, with exactly the sensors the catalogue names."""
        self.memory = memory
        memory.sensors = {name: memory.sensors.get(name) or SensorMemory() for name in self.watches}
        self._answers.clear()

    def owe(self, watch: Watch) -> bool:
        """Take over how long a device may be silent; tell whether that is new."""
        new = self.watches[watch.device.id] != watch
        self.watches[watch.device.id] = watch
        return new

    def put_off(self, now: Millis) -> bool:
        """Tell whether there is nothing to weigh at `due`, as whoever could have fallen silent has spoken since.

        Then `due` is a later instant.
        """
        if now >= self._weigh_at:
            return False
        silent_at = self._silent_at()
        if now >= silent_at:
            return False
        self.due = min(self._weigh_at, silent_at)
        return True

    def _silent_at(self) -> Millis:
        """Return when the first device that is still heard will have been silent for too long."""
        silent_at = NEVER
        for name, watch in self.watches.items():
            sensor = self.memory.sensors[name]
            if not sensor.lost and sensor.heard is not None and sensor.heard + watch.limit < silent_at:
                silent_at = sensor.heard + watch.limit
        return silent_at

    def evaluate(self, now: Millis, listening_since: Millis, news_of: str | None = None) -> bool:
        """Weigh everything at `now`; tell whether a person would see something new. `news_of`: who just spoke."""
        said, changed, due = self._ask_all(now, listening_since, news_of)
        if self.parts:
            said = of_a_whole(said)
        if self._heal(said, now):
            return self.evaluate(now, listening_since, news_of) or True
        if not self.parts:
            belief, until = self._filter(said, now)
        else:
            belief, until = self._with_parts(said, now)
        self._weigh_at = min(due, until, self._follow_stay(belief, said, now))
        self.due = min(self._weigh_at, self._silent_at())
        step = step_of(belief)
        told = (belief.occupancy, belief.reason, belief.people, belief.release_grade, step)
        before = self.belief
        if self.parts:
            things, self._rolled_up = self._rolled_up, self.things()
            changed = changed or things != self._rolled_up
        changed = changed or told != (before.occupancy, before.reason, before.people, before.release_grade, self.step)
        self.belief, self.step = belief, step
        for sensor in self.memory.sensors.values():
            if sensor.trust.doubt != sensor.trust.told:
                self._troubled = changed = True
        if belief.occupancy != self.memory.occupancy or self.memory.since == 0:
            self.memory.occupancy, self.memory.since = belief.occupancy, now
        return changed

    def _with_parts(self, said: list[Testimony], now: Millis) -> tuple[Belief, Millis]:
        """Return the belief of a whole from its own sensors and its parts, and until when it stands."""
        if said:
            own, until = self._filter(said, now)
        else:
            own, until = None, NEVER
            self._fall_silent()
        belief = together(own, [part.belief for part in self.parts])
        if now < asks_until(self.memory):  # its own door lets people into any of its parts
            return belief._replace(release_grade=False), min(until, asks_until(self.memory))
        return belief, until

    def _fall_silent(self) -> None:
        """Forget what a whole's own sensors said: its parts decide alone until one of them says something again."""
        self.shares.clear()
        self.memory.filter.begin_anew()
        for sensor in self.memory.sensors.values():
            sensor.claims.clear()

    def _ask_all(
        self, now: Millis, listening_since: Millis, news_of: str | None
    ) -> tuple[list[Testimony], bool, Millis]:
        """Return all words, whether a person would see something new in them, and until when they stay so."""
        changed = self._troubled = False
        due = NEVER
        said: list[Testimony] = []
        for name, watch in self.watches.items():
            sensor = self.memory.sensors[name]
            sensor.lost = is_lost(sensor, now, watch.limit)
        hold = hold_of(self.memory)
        if hold != self.hold:
            self.hold = hold
            self._answers.clear()
        for name, watch in self.watches.items():
            sensor = self.memory.sensors[name]
            answer = self._answers.get(name)
            if answer is None or name == news_of or now >= answer.until or answer.lost != sensor.lost:
                before, answer = answer, ask(watch, sensor, now, self.hold)
                self._answers[name] = answer
                changed = changed or before is None or before.shown != answer.shown
            due = min(due, answer.until)
            if answer.lost != sensor.alerted and sensor.heard is not None:
                self._troubled = True
                if listening_since + watch.limit > now:  # it is blamed then, if it is still silent
                    due = min(due, listening_since + watch.limit)
            said.extend(answer.said)
        return said, changed, due

    def _filter(self, said: list[Testimony], now: Millis) -> tuple[Belief, Millis]:
        """Take the words into the filter; return the belief, and until when it stands if nobody says anything."""
        memory, held = self.memory, self.memory.filter
        if held.at == 0:
            held.at = now
        log_odds = held.now(now)
        changed = changes(said, memory)
        for t, before in changed:
            if {before, t.asserts} in trust.FLIPS:
                trust.note_flip(memory.sensors[t.device].trust, t.kind, now)
            if t.kind == "motion" and t.says == "motion":
                memory.learn_hold(t.since)
        memory.moved_at = max([s.motion.moved_at or 0 for s in memory.sensors.values() if s.motion], default=0)
        switched_at = opened_at = 0
        counting = False
        for sensor in memory.sensors.values():  # one pass for all of these: a space is weighed at every change
            trust.calm(sensor, now)
            if sensor.air is not None and sensor.air.switched_at > switched_at:
                switched_at = sensor.air.switched_at
            if sensor.door is not None and (sensor.door.opened_at or 0) > opened_at:
                opened_at = sensor.door.opened_at or 0
            counting = counting or (sensor.count is not None and sensor.count.people > 0)
        trust.follow(memory, said, now)
        leap = jump([t for t, _ in changed], said, memory)
        if switched_at > memory.switched_at:
            memory.switched_at = switched_at
            leap += SWITCHED_ON
        if leap:
            log_odds = bounded(bounded(log_odds) + leap)
        if opened_at > memory.opened_at:
            memory.opened_at = opened_at
            log_odds = asked(log_odds, said)
            leap = 1.0
        weighed = balance(said, memory, self.hold, now)
        self.shares = {(t.device, t.kind): share for t, share in zip(said, weighed.shares, strict=True)}
        if leap or weighed.rate != held.rate:  # otherwise the flow from the last anchor is exact, whoever looks when
            held.at, held.log_odds, held.rate = now, log_odds, weighed.rate
        air = busy(weighed, said)
        if air >= AIR_OBJECTS and memory.busy_since is None:
            memory.busy_since = now
        elif air < AIR_CALMS:
            memory.busy_since = None
        blamed = trust.blame(memory, said, now)
        belief, until = conclude(log_odds, said, weighed, memory, self.hold, now)
        until = min(until, weighed.until, trust.next_review(memory, said, now), blamed, next_edge(held, log_odds, now))
        if counting:
            until = min(until, proved_empty(said, weighed, memory))
        return belief, until

    def _heal(self, said: list[Testimony], now: Millis) -> bool:
        """Let counters begin anew when the rest proves the room empty; tell whether one did."""
        counting = [name for name, s in self.memory.sensors.items() if s.count is not None and s.count.people]
        if any(part.belief.occupancy != "vacant" for part in self.parts):
            return False
        if not counting or proved_empty(said, balance(said, self.memory, self.hold, now), self.memory) > now:
            return False
        for name in counting:
            if heal(self.memory.sensors[name], now):
                self._answers.pop(name, None)
                log.info("counter_healed", site=self.space.site, space=self.space.id, device=name)
        return True

    def _follow_stay(self, belief: Belief, said: Sequence[Testimony], now: Millis) -> Millis:
        """Begin and end stays, judge who saw them, learn how long they last; return when to look again."""
        memory = self.memory
        if memory.spell is None and belief.occupancy != "vacant":
            if belief.occupancy == "occupied" or trust.witnesses(said):
                trust.begin(memory, now)
                trust.follow(memory, said, now)
                if memory.empty_since is not None:
                    memory.filter.learn(vacant=now - memory.empty_since)
                    memory.empty_since = None
                    return now + 1  # it flows otherwise from now on
        elif belief.occupancy == "vacant" and memory.spell is not None:
            memory.filter.learn(occupied=now - memory.spell.start)
            memory.empty_since = now
            trust.end(memory, self._kinds, now)
            return now + 1  # trust weighs anew
        return NEVER

    def probability(self, now: Millis) -> float:
        """Return how likely it is that somebody is there at `now`, as far as nothing was said since."""
        own = probability_of(self.memory.filter.now(now))
        return of_parts(own if self.shares or not self.parts else None, [part.probability(now) for part in self.parts])

    def things(self) -> Things:
        """Return its doors, charging ports and devices; of a space of parts all of theirs besides."""
        return reduce(Things.and_of, [part.things() for part in self.parts], things_of(self.memory.sensors))

    def alerts(self, now: Millis, listening_since: Millis) -> list[Alert]:
        """Return news about devices lost and back, and doubted and believed again.

        Who was silent while nobody listened is not blamed for it.
        """
        found: list[Alert] = []
        if not self._troubled:
            return found
        for name, watch in self.watches.items():
            sensor = self.memory.sensors[name]
            if sensor.trust.doubt != sensor.trust.told:
                sensor.trust.told = sensor.trust.doubt
                found.append(tidings.doubt(self.space, name, sensor.trust.doubt, now))
            if sensor.heard is None:
                continue  # not yet installed, as far as anybody knows
            lost = is_lost(sensor, now, watch.limit)
            blamed = lost and (sensor.offline or now >= listening_since + watch.limit)
            if sensor.alerted == (lost if sensor.alerted else blamed):
                continue
            sensor.alerted = lost
            found.append(self._loss(name, sensor, now, lost))
        return found

    def standing_alerts(self) -> list[Alert]:
        """Return again what was told about devices that are still lost or doubted."""
        sensors = self.memory.sensors.items()
        lost = [self._loss(name, one, one.heard or 0, True) for name, one in sensors if one.alerted]
        doubted = [(name, one.trust.told, one.heard or 0) for name, one in sensors if one.trust.told]
        return lost + [tidings.doubt(self.space, name, why, at) for name, why, at in doubted]

    def _loss(self, name: str, sensor: SensorMemory, at: Millis, lost: bool) -> Alert:
        return tidings.loss(self.space, name, sensor, at, lost=lost, occupancy=self.belief.occupancy)
