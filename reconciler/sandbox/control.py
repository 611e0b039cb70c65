"""The control endpoint: not the vendor's, but the tests', the demo's and the simulated console's.

POST /_control/reset           a fresh campus: options of `campus.build_campus`, or `world`, a store as
                               `state` shows it; `now` pins the clock; faults, tokens, counters and
                               subscriptions start anew
GET  /_control/state           the whole store, keys as in `World.to_json`, and `now`:
                               users[]       id email status type role_id first_name last_name
                                             display_name dept ... group_ids[] mails
                               groups[]      id name member_ids[] admin_ids[]
                               meetings[]    id uuid host_id host_email topic type start_time timezone
                                             duration agenda password recurrence settings{}
                                             occurrences[{occurrence_id start_time duration status}]
                                             alternative_host_ids[] tracking_fields[{field value}]
                               deleted[]     kind id name how by at
                               lti           credentials[{key secret name domains[] email_domains[]
                                             roles{instructors[] alternative_hosts[]} settings{}}],
                                             associations[{key meeting_id context_id domain course_id}],
                                             platforms[{issuer client_id deployment_id
                                             authorization_url jwks_url}]
                               mails[]       to why at
                               kaltura       users[] groups[] categories[] integrations[], each with the
                                             vendor's own names below `fields`
                               further       account quota tracking_fields[] seed serial format
GET  /_control/counters        reads, writes, refused by operation; tokens; mails
POST /_control/counters/reset
GET  /_control/faults, POST    the fault plan (`faults.Faults`); a plan replaces the one before;
                               `expire_tokens: true` ends every token once
GET  /_control/clock, POST     {"now": ISO} pins, {"advance_s": n} moves, {"real": true} lets run
POST /_control/console         {"do": ACTION, ...}; {"do": "help"} lists the actions
POST /_control/webhooks        {"url", "secret", "duplicates"?, "out_of_order"?} subscribes
POST /_control/webhooks/flush  delivers what is due; counts
POST /_control/save            writes the world file now, where there is one
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import orjson

from reconciler.sandbox.calls import Answer, Json, Request
from reconciler.sandbox.campus import build_campus
from reconciler.sandbox.clock import moment_of, zulu
from reconciler.sandbox.console.operations import act_in_console
from reconciler.sandbox.counters import Counters
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.kaltura.tokens import Sessions
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.vendors import OPERATION_NAMES
from reconciler.sandbox.webhooks import Subscription, Webhooks, check_url
from reconciler.sandbox.world import World
from reconciler.sandbox.zoom.tokens import Tokens

CONTROL = "/_control/"

Step = Callable[[Simulation, Json], Json]


def control(simulation: Simulation, request: Request) -> Answer:
    """Answer a control request; 400 with the reason for one that makes no sense."""
    step = STEPS.get((request.method, request.path.removeprefix(CONTROL)))
    if step is None:
        known = ", ".join(f"{method} {CONTROL}{path}" for method, path in STEPS)
        return Answer(404, {"error": f"no such control; known: {known}"})
    try:
        order = orjson.loads(request.body) if request.body else {}
        if not isinstance(order, dict):
            raise ValueError("the body must be a JSON object")
        return Answer(body=step(simulation, order))
    except (ValueError, TypeError) as error:
        return Answer(400, {"error": str(error)})


def reset(simulation: Simulation, order: Json) -> Json:
    """Start over with another campus."""
    with simulation.lock:
        options = dict(order)
        now = options.pop("now", None)
        simulation.clock.run()
        if now is not None:
            simulation.clock.pin(moment_of(now))
        store = options.pop("world", None)
        world = build_campus(options, simulation.now()) if store is None else _restore(store)
        simulation.use(world)
        simulation.faults = Faults()
        simulation.tokens = Tokens()
        simulation.sessions = Sessions()
        simulation.webhooks = Webhooks()
        return {"account_id": world.account.id, "users": len(world.users), "meetings": len(world.meetings)}


def _restore(state: Json) -> World:
    """The store that `show_state` showed, without what that adds."""
    added = {"users": "mails", "meetings": "host_email"}
    bare = {
        key: [{k: value for k, value in item.items() if k != name} for item in state[key]]
        for key, name in added.items()
    }
    return World.load(orjson.dumps({**state, **bare}))


def show_state(simulation: Simulation, order: Json) -> Json:
    """The store, whatever reads may see of it."""
    with simulation.lock:
        world = simulation.world
        # Through text, so that the answer holds values, not the live store.
        state: Json = orjson.loads(world.dump())
        mails: dict[str, int] = {}
        for mail in state["mails"]:
            mails[mail["to"].casefold()] = mails.get(mail["to"].casefold(), 0) + 1
        for user in state["users"]:
            user["mails"] = mails.get(user["email"].casefold(), 0)
        for meeting in state["meetings"]:
            meeting["host_email"] = world.users[meeting["host_id"]].email
        return {"now": zulu(simulation.now()), **state}


def show_counters(simulation: Simulation, order: Json) -> Json:
    """Calls so far."""
    with simulation.lock:
        return simulation.counters.to_json(len(simulation.world.mails))


def reset_counters(simulation: Simulation, order: Json) -> Json:
    """Count from nought."""
    with simulation.lock:
        simulation.counters = Counters(len(simulation.world.mails))
        return {}


def show_faults(simulation: Simulation, order: Json) -> Json:
    """The plan in force, with what is left of it."""
    with simulation.lock:
        return asdict(simulation.faults)


def set_faults(simulation: Simulation, order: Json) -> Json:
    """Replace the plan."""
    with simulation.lock:
        plan = dict(order)
        expire = plan.pop("expire_tokens", False)
        simulation.faults = _check_names(Faults.of(plan))
        if expire:
            simulation.tokens.forget_all()
            simulation.sessions.forget_all()
        return {}


def _check_names(plan: Faults) -> Faults:
    """Refuse a plan that names an operation nobody has: it would do nothing, silently."""
    maps = (plan.drop_fields, plan.short_total, plan.cut_pages, plan.empty_page, plan.page_cap)
    named = {name for each in maps for name in each}
    named |= {entry["operation"] for entry in plan.status if entry.get("operation", "*") != "*"}
    if unknown := sorted(named - OPERATION_NAMES):
        raise ValueError(
            f"no such operation: {', '.join(unknown)}; known: {', '.join(sorted(OPERATION_NAMES))}"
        )
    return plan


def show_clock(simulation: Simulation, order: Json) -> Json:
    """The sandbox's time, and whether it stands still."""
    with simulation.lock:
        return {"now": simulation.now().isoformat(), "pinned": simulation.clock.pinned}


def set_clock(simulation: Simulation, order: Json) -> Json:
    """Pin, move or free the clock."""
    with simulation.lock:
        match order:
            case {"now": str(text)}:
                simulation.clock.pin(moment_of(text))
            case {"advance_s": int() | float() as seconds}:
                simulation.clock.advance(seconds)
            case {"real": True}:
                simulation.clock.run()
            case _:
                raise ValueError('tell the clock one of {"now": ISO}, {"advance_s": n}, {"real": true}')
    return show_clock(simulation, order)


def console(simulation: Simulation, order: Json) -> Json:
    """Play a person at the vendor's web console."""
    with simulation.lock:
        return act_in_console(simulation, order)


def subscribe(simulation: Simulation, order: Json) -> Json:
    """Send events to a receiver that passes the challenge."""
    subscription = Subscription(**order)
    check_url(subscription.url)
    simulation.webhooks.subscribe(subscription, simulation.now())
    return {}


def flush(simulation: Simulation, order: Json) -> Json:
    """Deliver events."""
    return simulation.webhooks.flush(simulation.lock, simulation.now())


def save(simulation: Simulation, order: Json) -> Json:
    """Write the world file."""
    with simulation.lock:
        return {"saved": simulation.save()}


STEPS: dict[tuple[str, str], Step] = {
    ("POST", "reset"): reset,
    ("GET", "state"): show_state,
    ("GET", "counters"): show_counters,
    ("POST", "counters/reset"): reset_counters,
    ("GET", "faults"): show_faults,
    ("POST", "faults"): set_faults,
    ("GET", "clock"): show_clock,
    ("POST", "clock"): set_clock,
    ("POST", "console"): console,
    ("POST", "webhooks"): subscribe,
    ("POST", "webhooks/flush"): flush,
    ("POST", "save"): save,
}
