"""Records what CPython's asynchat does, for oracle_test.go of the packages terminator and chat.

    cd terminator/testdata && python3 gen.py      # Python <= 3.11; cpython.jsonl was made with CPython 3.11.7

Random streams and terminators go through a real asynchat.async_chat whose recv() is replaced. The seed is fixed, so
every run writes the same file. One line is one stream with the cuts it was read in, each cut being a case:

    kind    the group it belongs to
    terms   terminators in turn: a string, a length, or null for none; found_terminator sets the next one
    once    absent: the turns go round. true: behind the last one found_terminator sets nothing
    stream  the input; as all bytes in the file it is written as latin-1
    cuts    for each case the places where a recv ends, in front of the end of the stream
    sets    in front of which handle_read (the count of them: behind the last) the next terminator is set from outside
    want    the answer, which was the same for every one of the cuts:
      events  a string for neighbouring collects, joined, and null for found_terminator
      held    what is left in ac_in_buffer
      why     only where our design decides otherwise, see oracle.go: "zero", "length" or "set"
      rest    what asynchat did not cut because of that: its last collect, or what it holds
      then    asynchat's answer where it is told to go on there
"""

import collections
import itertools
import json
import random
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
import asynchat  # noqa: E402

OUTPUT = "cpython.jsonl"
SHORT = 18  # streams up to this length are cut at every single place


class Recorder(asynchat.async_chat):
    def __init__(self, turns):
        asynchat.async_chat.__init__(self, map={})
        self.turns = turns
        self.log = []  # bytes, or None for found
        self.rest = b""  # what was collected while a length was 0
        self.stuck = None  # a length that has fired and was left in force
        self.set_next()

    def set_next(self):
        for term in self.turns:
            self.last = term
            self.set_terminator(term.encode("latin-1") if isinstance(term, str) else term)
            return
        if self.get_terminator() == 0:
            self.stuck = self.last

    def recv(self, size):
        assert 0 < len(self.chunk) <= size
        return self.chunk

    def collect_incoming_data(self, data):
        assert type(data) is bytes and data
        if self.get_terminator() == 0:
            self.rest += data
        if self.log and self.log[-1] is not None:
            data = self.log.pop() + data
        self.log.append(data)

    def found_terminator(self):
        self.log.append(None)
        self.set_next()

    def handle_error(self):
        raise


def pieces(stream, cut):
    return [stream[a:b] for a, b in zip([0, *cut], [*cut, len(stream)])]


def turns_of(terms, once):
    return iter(terms) if once else itertools.cycle(terms)


def play(turns, chunks, sets=()):
    """Returns asynchat's answer to chunks. turns is an iterator over the terminators."""
    chat = Recorder(turns)
    for i, chunk in enumerate(chunks):
        if i in sets:
            chat.set_next()
        chat.chunk = chunk
        chat.handle_read()
    answer = {"events": list(chat.log), "held": chat.ac_in_buffer}
    if len(chunks) in sets:
        chat.set_next()
        answer.update(why="set", rest=answer["held"], then=go_on(chat.last, turns, answer["held"]))
    elif chat.stuck:
        answer.update(why="length", rest=chat.rest, then=go_on(chat.stuck, itertools.repeat(chat.stuck), chat.rest))
    elif chat.get_terminator() == 0:
        answer.update(why="zero", rest=chat.rest)
        for term in turns:
            answer.update(then=go_on(term, turns, chat.rest))
            break
    return answer


def go_on(term, turns, rest):
    return play(itertools.chain([term], turns), [rest] if rest else [])


def as_text(data):
    return data.decode("latin-1") if isinstance(data, bytes) else data


def as_json(answer):
    out = dict(answer, events=[as_text(e) for e in answer["events"]], held=as_text(answer["held"]))
    if "why" in answer:
        out["rest"] = as_text(answer["rest"])
    if "then" in answer:
        out["then"] = as_json(answer["then"])
    return out


def check(stream, terms, answer):
    """S189 and S192, so that the file does not record an accident."""
    if "why" not in answer and all(isinstance(t, str) for t in terms) and len(terms) == 1:
        unfired = answer["events"][-1:] and answer["events"][-1] or b""
        term = terms[0].encode("latin-1")
        tail = unfired + answer["held"]
        longest = max(n for n in range(len(term)) if tail.endswith(term[:n]))
        assert len(answer["held"]) == longest, (stream, terms, answer)
        assert stream == b"".join(term if e is None else e for e in answer["events"]) + answer["held"]


class Writer:
    def __init__(self, file):
        self.file = file
        self.cases = collections.Counter()
        self.decided = 0
        self.seen = set()

    def write(self, kind, terms, stream, cuts, once=False, sets=()):
        key = (str(terms), stream, str(sets), once)
        if not stream or key in self.seen:
            return
        self.seen.add(key)
        answers = [play(turns_of(terms, once), pieces(stream, cut), sets) for cut in cuts]
        assert all(a == answers[0] for a in answers), (terms, stream)  # S190
        check(stream, terms, answers[0])
        line = {"kind": kind, "terms": terms, "stream": as_text(stream), "cuts": cuts}
        if once:
            line["once"] = True
        if sets:
            line["sets"] = list(sets)
        line["want"] = as_json(answers[0])
        self.file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self.cases[kind] += len(cuts)
        self.decided += len(cuts) * ("why" in answers[0])


def random_cuts(rnd, length):
    return sorted(rnd.sample(range(1, length), rnd.randrange(min(length, 7)))) if length > 1 else []


def all_cuts(rnd, length):
    """Whole, byte by byte, some random cuts, and every single one in a short stream."""
    cuts = [[], list(range(1, length))]
    cuts += [random_cuts(rnd, length) for _ in range(4)]
    if length <= SHORT:
        cuts += [[i] for i in range(1, length)]
    return [list(c) for c in dict.fromkeys(map(tuple, cuts))]


def random_stream(rnd, alphabet, terms, size):
    """Joins bytes of alphabet, terminators, and beginnings and ends of terminators."""
    delims = [t for t in terms if isinstance(t, str)]
    out = ""
    while len(out) < size:
        how = rnd.randrange(6) if delims else 5
        delim = rnd.choice(delims) if delims else ""
        if how < 2:
            out += delim
        elif how == 2:
            out += delim[: rnd.randrange(len(delim))]
        elif how == 3:
            out += delim[rnd.randrange(len(delim)):]
        else:
            out += rnd.choice(alphabet)
    return out[:size].encode("latin-1")


def random_term(rnd, alphabet, favourites, lengths):
    how = rnd.random()
    if how < lengths:
        return rnd.choice([1, 1, 2, 3, 4, 5, 7, 10, 12, 100])
    if how < lengths + 0.6 * (1 - lengths):
        return rnd.choice(favourites)
    return "".join(rnd.choice(alphabet) for _ in range(rnd.randint(1, 6)))


GROUPS = [  # kind, alphabet, favourite terminators, share of lengths, streams
    ("ab", "ab", ["aab", "abab", "aaa", "ab", "b", "aabaab", "abaaba"], 0.15, 210),
    ("crlf", "\r\na", ["\r\n", "\n", "\r\n\r\n", "\r\r\n", "\n\r\n"], 0.15, 170),
    ("dot", "\r\n.a", ["\r\n.\r\n", "\r\n", ".\r\n", "\r\n.", "\r\n\r\n"], 0.15, 170),
    ("digits", "0123", ["00", "010", "1", "0110"], 0.5, 90),
    ("binary", "\x00\xff\x80", ["\x00", "\xff\xff\x00", "\x80\xff\x80\xff"], 0.2, 40),
]


def write_groups(rnd, writer):
    for kind, alphabet, favourites, lengths, streams in GROUPS:
        for i in range(streams):
            turns = 1 if i % 2 else rnd.randint(2, 4)
            terms = [random_term(rnd, alphabet, favourites, lengths) for _ in range(turns)]
            if i % 10 == 2:
                terms.append(None)
            size = rnd.randint(1, SHORT) if i % 7 else rnd.randint(SHORT, 60)
            stream = random_stream(rnd, alphabet, terms, size)
            writer.write(kind, terms, stream, all_cuts(rnd, len(stream)))


def long_term(rnd, size):
    n = rnd.randint(1, size - 1)
    return rnd.choice([
        "a" * (size - 1) + "b",
        "ab" * (size // 2) + "a" * (size % 2),
        "a" * size,
        "a" * n + "b" * (size - n),
        "".join(rnd.choice("ab") for _ in range(size)),
    ])


def write_long(rnd, writer):
    for i in range(90):
        terms = [long_term(rnd, rnd.randint(30, 70))]
        if i % 3 == 0:
            terms += [rnd.choice(["ab", "aab", 3, 40]), long_term(rnd, rnd.randint(30, 70))]
        stream = random_stream(rnd, "ab", terms, rnd.randint(60, 300))
        small = [list(range(n, len(stream), n)) for n in (1, 7, 29, 64)]  # mostly shorter than the terminator
        writer.write("long", terms, stream, [[], *small, *(random_cuts(rnd, len(stream)) for _ in range(5))])
    for _ in range(6):  # more than a Channel copies in front of the next read
        terms = [long_term(rnd, rnd.randint(520, 700)), "ab"]
        stream = random_stream(rnd, "ab", terms, 1600)
        small = [list(range(n, len(stream), n)) for n in (101, 299)]
        writer.write("long", terms, stream, [[], *small, *(random_cuts(rnd, len(stream)) for _ in range(4))])


def write_outside(rnd, writer, kind, behind):
    """The terminator is changed between two recvs, and behind the last one if behind is true."""
    for i in range(400):
        if i % 8 == 0:
            terms = [long_term(rnd, rnd.randint(30, 50)) for _ in range(2)]
            stream = random_stream(rnd, "ab", terms, rnd.randint(60, 150))
        else:
            _, alphabet, favourites, lengths, _ = GROUPS[i % 3]
            terms = [random_term(rnd, alphabet, favourites, lengths) for _ in range(rnd.randint(2, 4))]
            terms[1:2] = [None] if i % 16 == 1 else terms[1:2]
            stream = random_stream(rnd, alphabet, terms, rnd.randint(2, SHORT))
        cut = random_cuts(rnd, len(stream)) or [1]
        sets = [j for j in range(1, len(cut) + 1) if rnd.randrange(2)] or [len(cut)]
        writer.write(kind, terms, stream, [cut], sets=sets + [len(cut) + 1] * behind)


def write_deviating(rnd, writer):
    for i in range(60):
        _, alphabet, favourites, _, _ = GROUPS[i % 4]
        terms = [random_term(rnd, alphabet, favourites, 0.3) for _ in range(rnd.randint(0, 2))]
        stream = random_stream(rnd, alphabet, terms, rnd.randint(1, 14))
        cuts = all_cuts(rnd, len(stream))[:10]
        writer.write("length stays", terms + [rnd.randint(1, 4)], stream, cuts, once=True)
        terms += [0] * rnd.randint(1, 2)
        writer.write("length 0", terms, stream, cuts, once=True)
        mixed = terms + [random_term(rnd, alphabet, favourites, 0)]
        rnd.shuffle(mixed)
        writer.write("length 0", mixed, stream, cuts, once=i % 3 == 0)


def main():
    rnd = random.Random(311)
    with open(OUTPUT, "w", encoding="ascii", newline="\n") as file:
        writer = Writer(file)
        write_groups(rnd, writer)
        write_long(rnd, writer)
        write_outside(rnd, writer, "outside", False)
        write_outside(rnd, writer, "outside, nothing behind", True)
        write_deviating(rnd, writer)
    for kind, count in writer.cases.items():
        print(f"{count:6} {kind}")
    print(f"{sum(writer.cases.values()):6} in all, {writer.decided} with a \"why\"")


main()
