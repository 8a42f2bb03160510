"""Shared by all end-to-end tests: a network out of the test's drawing, daemons that end with the test, and
tshark's word on everything that Holdfast sent."""

import os
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import capture as capture_module  # noqa: E402
import netns  # noqa: E402
import peers  # noqa: E402
import tshark  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def state_directory(tmp_path_factory):
    """Of daemons that are not told another: what they keep is none of this machine's."""
    os.environ["STATE_DIRECTORY"] = str(tmp_path_factory.mktemp("state"))


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="needs root: it makes network namespaces"))
    elif not Path(peers.program("holdfastd")).exists():
        raise pytest.UsageError(f"{peers.program('holdfastd')} is not built; HOLDFAST_BUILD names another build folder")


@pytest.fixture
def net(request):
    """The network drawn in the test's docstring, else in its module's."""
    drawing = request.function.__doc__ or ""
    if not any(netns.Network.LINE.match(line) for line in drawing.splitlines()):
        drawing = request.module.__doc__
    with netns.Network(drawing) as network:
        yield network


@pytest.fixture
def wire(net, tmp_path):
    """A capture of the whole network; see also `lab`, which judges it."""
    listener = capture_module.Capture(net, tmp_path / "wire.pcap")
    yield listener
    listener.close()


class Lab:
    """Starts daemons and remembers what must hold at the end."""

    def __init__(self, net, wire, folder):
        self.net = net
        self.wire = wire
        self.folder = folder
        self.judged = True  # a test that sends bad packets from our own node says False
        self._daemons = []
        self._holdfast_nodes = set()

    def _add(self, daemon):
        self._daemons.append(daemon)
        return daemon

    def adopt(self, node, daemon):
        """One that was started elsewhere."""
        if isinstance(daemon, peers.Holdfast):
            self._holdfast_nodes.add(node)
        return self._add(daemon)

    def holdfast(self, node, configuration, options=(), environment=None, folder=None, wrapper=()):
        self._holdfast_nodes.add(node)
        return self._add(peers.Holdfast(self.net[node], folder or self.folder / f"{node}{len(self._daemons)}",
                                        configuration, options, environment, wrapper=wrapper))

    def keepalived(self, node, configuration, options=(), environment=None):
        return self._add(peers.Keepalived(self.net[node], self.folder / f"{node}{len(self._daemons)}",
                                          configuration, options, environment))

    def frr(self, node, **settings):
        return self._add(peers.Frr(self.net[node], self.folder / f"{node}{len(self._daemons)}", **settings))

    def our_macs(self):
        return {capture_module.mac_of(self.net[node], interface)
                for node in self._holdfast_nodes for interface in self.net[node].interfaces
                if self.net[node].ip("link", "show", "dev", interface, check=False)}

    def end(self):
        for daemon in reversed(self._daemons):
            daemon.end()

    def logs(self):
        return "\n".join(f"--- {daemon.log.name}\n" + "\n".join(daemon.log.all())
                         for daemon in self._daemons if hasattr(daemon, "log"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.outcome = outcome.get_result()


@pytest.fixture
def lab(request, net, wire, tmp_path):
    made = Lab(net, wire, tmp_path)
    macs = set()
    try:
        yield made
        macs = made.our_macs()
    finally:
        made.end()
        wire.close()
        assert not re.search(r"ERROR: \w+Sanitizer|runtime error:", made.logs()), made.logs()
        if not getattr(request.node, "outcome", None) or request.node.outcome.failed:
            print(made.logs())
    if made.judged and macs and any(a.node in made._holdfast_nodes for a in wire.adverts):
        ours, wrong = tshark.faults(wire.path, macs)
        assert ours, "tshark saw no advert of ours"
        assert not wrong, "tshark finds fault with our adverts:\n" + "\n".join(wrong[:20])
