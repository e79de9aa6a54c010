package sim

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"time"
)

// A script is what a client says, and what it must be answered. It is the model: it knows nothing
// of channels.
type script struct {
	steps []step
	end   ending
}

// A step is one request and its answer.
type step struct{ in, out []byte }

// ending is how a conversation ends.
type ending uint8

const (
	closes     ending = iota // the client closes when it has all
	halfCloses               // the client ends its direction, and waits for the end
	rests                    // the same, with a request that ends there
	unfinished               // the same, in the middle of a request
	quits                    // the server closes, by request
	halfQuits                // the server ends its direction, by request
	tooLong                  // the server closes: a request is too long
	dies                     // the server's handler panics
	drops                    // the server drops what is queued, by request
	numEndings
)

var endingNames = [numEndings]string{"closes", "halfCloses", "rests", "unfinished", "quits",
	"halfQuits", "tooLong", "dies", "drops"}

// byClient reports whether the client ends its direction when it has said all.
func (e ending) byClient() bool { return e == halfCloses || e == rests || e == unfinished }

// loses reports whether what is queued goes with the end.
func (e ending) loses() bool { return e == dies || e == drops }

// Limits of the services' sessions.
const (
	maxLine = 200
	maxData = 100 << 10
)

// pattern returns n bytes that differ from each other and from those of another n.
func pattern(n int) []byte {
	p := make([]byte, n)
	x := uint32(n)*2654435761 + 1
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}

func sum(p []byte) uint32 { return crc32.ChecksumIEEE(p) }

// delimiters are those of UNTIL: they overlap with themselves and with what precedes them.
var delimiters = []string{"\r\n.\r\n", "aab", "abab", "\n", "<end>",
	strings.Repeat("x", 40) + "y", "\r\r\n"}

func size(r *rand.Rand, most int) int { return r.IntN(1 + r.IntN(1+r.IntN(most))) }

func word(r *rand.Rand) string {
	const letters = "abcxy \r.<>"
	b := make([]byte, r.IntN(30))
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return "w" + string(b) + "w"
}

// body returns content that ends in, and is full of, beginnings of delim, but has no delim in it.
func body(r *rand.Rand, delim string, n int) []byte {
	var b []byte
	for len(b) < n {
		b = append(b, delim[:r.IntN(len(delim))]...)
		b = append(b, "ab\r\n.xyz"[r.IntN(8)])
	}
	b = append(b, delim[:r.IntN(len(delim))]...)
	for { // what follows is delim: nothing may match before that
		i := bytes.Index(append(bytes.Clone(b), delim...), []byte(delim))
		if i == len(b) {
			return b
		}
		b[i] = '#'
	}
}

func newScript(r *rand.Rand, tag string) *script {
	s := &script{end: ending(r.IntN(int(numEndings)))}
	if (s.end == dies || s.end == drops) && r.IntN(3) > 0 {
		s.end = closes
	}
	s.add("HELLO "+tag+"\r\n", "HELLO "+tag+"\r\n")
	for range r.IntN(20) {
		s.request(r)
	}
	s.last(r)
	return s
}

func (s *script) add(in, out string) { s.steps = append(s.steps, step{[]byte(in), []byte(out)}) }

func (s *script) request(r *rand.Rand) {
	switch r.IntN(11) {
	case 0, 1:
		text := word(r)
		s.add("ECHO "+text+"\r\n", text+"\r\n")
	case 2:
		p := pattern(size(r, maxData))
		s.add(fmt.Sprintf("PUT %d\r\n%s", len(p), p), fmt.Sprintf("PUT %d %08x\r\n", len(p), sum(p)))
	case 3:
		n := size(r, maxData)
		s.add(fmt.Sprintf("GET %d %d\r\n", n, r.IntN(numWays)),
			fmt.Sprintf("GET %d\r\n%s", n, pattern(n)))
	case 4:
		n := r.IntN(300)
		s.add(fmt.Sprintf("WORK %d\r\n", n), fmt.Sprintf("WORK %d\r\n", n))
	case 5:
		n := r.IntN(300)
		s.add(fmt.Sprintf("WAIT %d\r\n", n), fmt.Sprintf("WAIT %d\r\n", n))
	case 6:
		text := word(r)
		s.add("BACK "+text+"\r\n", text+"\r\n")
	case 7:
		which := r.IntN(len(delimiters))
		p := body(r, delimiters[which], size(r, 2000))
		s.add(fmt.Sprintf("UNTIL %d\r\n%s%s", which, p, delimiters[which]),
			fmt.Sprintf("UNTIL %d %08x\r\n", len(p), sum(p)))
	case 8:
		s.add("SKIP "+strings.Repeat("s", maxLine+size(r, 10_000))+"\r\n", "LONG\r\n")
	case 9:
		s.add("BUSY\r\n", "BUSY\r\n") // it takes its time, if time passes in callbacks
	case 10:
		s.add(fmt.Sprintf("PAUSE %d\r\n", r.IntN(300)), "PAUSE\r\n")
		s.add("ECHO one\r\n", "one\r\n")
		s.add("ECHO two\r\n", "two\r\n")
	}
}

func (s *script) last(r *rand.Rand) {
	switch s.end {
	case rests:
		p := pattern(size(r, maxData))
		s.add(fmt.Sprintf("REST\r\n%s", p), fmt.Sprintf("REST %d %08x\r\n", len(p), sum(p)))
	case unfinished:
		if r.IntN(2) == 0 {
			s.add("PUT 1000\r\nnot a thousand", "")
		} else {
			// What is held as the beginning of a line end counts, too.
			s.add("half a line\r", "LEFT half a line\r\r\n")
		}
	case quits:
		s.add("QUIT\r\nECHO never\r\n"+strings.Repeat("ECHO never\r\n", size(r, 200)), "BYE\r\n")
	case halfQuits:
		s.add("HALF\r\n"+strings.Repeat("ECHO unheard\r\n", size(r, 50)), "HALF\r\n")
	case tooLong:
		s.add("STRICT\r\n"+strings.Repeat("l", maxLine+1+size(r, 100_000)), "STRICT\r\n")
	case dies:
		s.add(fmt.Sprintf("DIE %d\r\nECHO never\r\n", r.IntN(5)), "")
	case drops:
		s.add(fmt.Sprintf("DROP %d\r\nECHO never\r\n", r.IntN(5)), "")
	}
}

func (s *script) input() []byte {
	var all []byte
	for _, st := range s.steps {
		all = append(all, st.in...)
	}
	return all
}

// want returns all that is answered, and where each answer ends.
func (s *script) want() (all []byte, ends map[int]bool) {
	ends = map[int]bool{0: true}
	for _, st := range s.steps {
		all = append(all, st.out...)
		ends[len(all)] = true
	}
	return all, ends
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }
