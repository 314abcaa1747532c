"""Three nodes of one authority as real programs on loopback: what is said at one
is known at all of them."""

import os
import socket
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

NAME = "attrium-kmsd"
COUNT = 3
temp = Temp()
dirs = [temp("node%d" % i) for i in range(COUNT)]
cards = []
numbers = []
servers = [None] * COUNT


def free_ports(count):
    """Ports that nobody has, now."""
    taken = [socket.socket() for _ in range(count)]
    for s in taken:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in taken]
    for s in taken:
        s.close()
    return ports


def kms(i, code, *args):
    return expect(code, NAME, *args, "-d", dirs[i])


def start(i, *args):
    servers[i] = Server(NAME, "run", "-d", dirs[i], "--listen",
                        "127.0.0.1:" + cards[i].split(":")[2].split("/")[0],
                        *args, lines=2)


def wait_until(holds_now, what):
    end = time.monotonic() + 60 * SLOW
    while not holds_now():
        holds(time.monotonic() < end, what)
        time.sleep(0.05)


def state_of(i, name):
    status, body = servers[i].get("/v1/requests/" + name)
    return json.loads(body)["state"] if status == 200 else None


def wait_for_state(name, state):
    for i in range(COUNT):
        if servers[i]:
            wait_until(lambda: state_of(i, name) in state,
                       "node %d: %r" % (i, state_of(i, name)))


def ask(i, *attributes):
    status, answer = servers[i].post_json("/v1/requests", {
        "request": base64_text(request_bytes(*attributes)), "note": "please"})
    same(status, 201)
    return answer["id"]


def server_full(i):
    """Whether people can ask for nothing more there."""
    return servers[i].post_json("/v1/requests", {
        "request": base64_text(request_bytes("ONE"))})[0] == 429


def metric(i, name):
    found = re.search(r"^%s (\d+)$" % name,
                      servers[i].get("/metrics")[1].decode(), re.M)
    holds(found, name)
    return int(found.group(1))


GRANTED = ("approved", "issued")


@test
def cards_make_an_authority():
    for path, port in zip(dirs, free_ports(COUNT)):
        cards.append(expect(0, NAME, "card", "-d", path, "--listen",
                            "127.0.0.1:%d" % port).out.strip())
    args = [part for pair in zip(dirs, cards) for part in pair]
    out = subprocess.run([os.path.join(BUILD, "test", "deal"), "2", "2", *args],
                         stdout=subprocess.PIPE, check=True).stdout
    numbers.extend(int(line) for line in out.split())
    same(numbers, [sorted(cards).index(card) + 1 for card in cards])


@test
def nodes_find_each_other():
    for i in range(COUNT):
        start(i)
        same(servers[i].lines[0].split(" ")[1], cards[i])
    for i in range(COUNT):
        wait_until(lambda: metric(i, "attrium_kms_peers_up") == COUNT - 1,
                   "node %d does not find the others" % i)
        same(metric(i, "attrium_kms_peers"), COUNT - 1)


@test
def whoever_knows_one_finds_the_others():
    for i in range(COUNT):
        answer = servers[i].get_json("/v1/authority")
        same(answer["nodes"], sorted(cards))
        same(answer["node"], numbers[i])
        same(answer["bundle"],
             servers[0].get_json("/v1/authority")["bundle"])
    bundle = os.path.join(dirs[0], "authority.pub")
    out = expect(0, "attrium", "inspect", bundle).out
    for number, card in enumerate(sorted(cards), 1):
        holds("node %-7d %s\n" % (number, card) in out, out)
    same(expect(0, "attrium", "inspect", "--json", bundle).json()["cards"],
         sorted(cards))


@test
def asked_at_one_approved_at_two_fetched_at_the_third():
    name = ask(0, "ONE")
    wait_for_state(name, ("waiting",))
    kms(0, 0, "approve", name)
    kms(1, 0, "approve", name)
    wait_for_state(name, GRANTED)
    partials = [servers[i].get_json("/v1/requests/" + name)
                for i in range(COUNT)]
    same(sorted(p["node"] for p in partials), [1, 2, 3])
    same(len({p["partial"] for p in partials}), COUNT)


@test
def one_approval_of_two_is_not_enough():
    name = ask(1, "ONE")
    wait_for_state(name, ("waiting",))
    kms(2, 0, "approve", name)
    wait_until(lambda: kms(0, 0, "requests", "--json").json()["requests"][0]
               .get("approvals") == 1, "the approval does not come")
    wait_for_state(name, ("waiting",))
    kms(2, 0, "approve", name)  # the same registrar again
    wait_for_state(name, ("waiting",))


@test
def withdrawn_at_one_is_withdrawn_at_all():
    name = ask(2, "ONE")
    wait_for_state(name, ("waiting",))
    kms(0, 0, "approve", name)
    kms(1, 0, "approve", name)
    wait_for_state(name, GRANTED)
    kms(2, 0, "withdraw", name)
    wait_for_state(name, ("withdrawn",))


@test
def killed_node_catches_up():
    servers[2].kill()
    servers[2] = None
    names = [ask(0, "ONE") for _ in range(20)]
    kms(0, 0, "approve", *names)
    kms(1, 0, "approve", *names)
    wait_for_state(names[-1], GRANTED)
    wait_until(lambda: metric(0, "attrium_kms_peers_up") == COUNT - 2,
               "the dead node is not missed")
    start(2)
    for name in names:
        wait_for_state(name, GRANTED)


@test
def full_queues_do_not_stop_approvals():
    """Two nodes, each full of other requests than the other: what is approved
    at one still comes to all."""
    there = len(kms(0, 0, "requests", "--json").json()["requests"])
    limit = ["--waiting-max", str(there + 2)]
    for i in range(COUNT):
        same(servers[i].stop(), 0)
        servers[i] = None
    for i in range(2):
        start(i, *limit)
        names = [ask(i, "ONE") for _ in range(2)]
        same(server_full(i), True)
        same(servers[i].stop(), 0)
        servers[i] = None
    for i in range(COUNT):
        start(i, *limit)
    wait_for_state(names[0], ("waiting",))
    kms(0, 0, "approve", names[0])
    kms(1, 0, "approve", names[0])
    wait_for_state(names[0], GRANTED)
    for i in range(COUNT):
        same(server_full(i), True)
        same(servers[i].stop(), 0)
        start(i)


@test
def status_tells_of_peers():
    got = kms(0, 0, "status", "--json").json()["peers"]
    same([p["node"] for p in got], sorted(set(numbers) - {numbers[0]}))
    same([p["up"] for p in got], [True] * (COUNT - 1))
    same([p["card"] for p in got],
         [c for c in sorted(cards) if c != cards[0]])
    wait_until(lambda: all(p["behind"] == 0 for p in kms(
        0, 0, "status", "--json").json()["peers"]), "it stays behind")
    same(kms(0, 0, "status").out.count(" up"), COUNT - 1)


@test
def status_of_a_peer_that_is_down():
    same(servers[1].stop(), 0)
    servers[1] = None
    got = kms(0, 0, "status", "--json").json()["peers"]
    down = [p for p in got if not p["up"]]
    same([p["node"] for p in down], [numbers[1]])
    holds(down[0]["fault"])
    start(1)


@test
def whoever_is_no_node_reads_nothing():
    path = temp("stranger")
    expect(0, NAME, "card", "-d", path)
    for chain in (None, path):
        context = anybody()
        if chain:
            context.load_cert_chain(os.path.join(path, "tls.crt"),
                                    os.path.join(path, "tls.key"))
        for page in ("statements?after=0&log=" + "0" * 32, "state", ""):
            connection = http.client.HTTPSConnection(
                "127.0.0.1", servers[0].port, timeout=60 * SLOW,
                context=context)
            connection.request("GET", "/v1/peer/" + page)
            answer = connection.getresponse()
            same((answer.status, answer.read()),
                 (403, b"for nodes of the authority\n"))
            connection.close()


@test
def another_certificate_does_not_serve():
    same(servers[2].stop(), 0)
    servers[2] = None
    path = temp("stranger")
    got = expect(1, NAME, "run", "-d", dirs[2], "--listen", "127.0.0.1:0",
                 "--cert", os.path.join(path, "tls.crt"),
                 "--key", os.path.join(path, "tls.key"))
    holds("no node of this authority" in got.err)
    start(2)


@test
def node_that_moved_is_found_again():
    """Its own bundle is as it was; the others are told by a file."""
    same(servers[2].stop(), 0)
    port = free_ports(1)[0]
    card = "https://127.0.0.1:%d/#%s" % (port, cards[2][-64:])
    servers[2] = Server(NAME, "run", "-d", dirs[2], "--listen",
                        "127.0.0.1:%d" % port, lines=2)
    for i in range(2):
        same(servers[i].stop(), 0)
        with open(os.path.join(dirs[i], "peers"), "w") as file:
            file.write("# moved\n%s\n" % card)
        start(i)
        holds(card in servers[i].get_json("/v1/authority")["nodes"])
    for i in range(2):
        wait_until(lambda: metric(i, "attrium_kms_peers_up") == COUNT - 1,
                   "node %d does not find it" % i)
    name = ask(2, "ONE")
    wait_for_state(name, ("waiting",))


@test
def bad_list_of_moved_nodes():
    same(servers[1].stop(), 0)
    servers[1] = None
    path = os.path.join(dirs[1], "peers")
    kept = open(path).read()
    with open(path, "w") as file:
        file.write("https://127.0.0.1:1/#" + "0" * 64 + "\n")
    for command in (["run", "--listen", "127.0.0.1:0"], ["status"]):
        got = expect(4, NAME, *command, "-d", dirs[1])
        holds("line 1" in got.err)
    with open(path, "w") as file:
        file.write(kept)
    start(1)


@test
def nodes_stop_in_order():
    """Though each holds the questions of the others."""
    for i in range(COUNT):
        wait_until(lambda: metric(i, "attrium_kms_peers_up") == COUNT - 1,
                   "node %d does not find the others" % i)
    for i in range(COUNT):
        servers[i].send(signal.SIGTERM)
    for i in range(COUNT):
        same(servers[i].process.wait(60 * SLOW), 0)
        holds("event=stopped" in servers[i].text(), servers[i].text())


run_tests()
