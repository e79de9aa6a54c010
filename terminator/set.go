package terminator

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A set finds the first end of any of its delimiters. It is an Aho-Corasick automaton: a trie of
// the delimiters in which every node knows the longest other node that is a suffix of it. The depth
// of the node reached is therefore the number of bytes at the end of the input that may still
// become a delimiter, which is what a Matcher holds back.
//
// Nodes are kept as child and sibling lists, not as a table of 256 successors: a delimiter of
// 50,000 bytes then costs 1.2 MB and not 51 MB.
type set struct {
	delims []string
	nodes  []node
	last   int // the byte in which all short delimiters end; -1: they differ, or one is long
	first  int // the byte with which all begin; -1: they differ
	begins [256]bool
	long   int   // length of the longest
	order  []int // indexes of delims, the longest first
	single bool
	isLine bool // those of Line, in its order
}

type node struct {
	child, sibling int32 // first child, next child of the same parent; 0: none
	fail           int32 // the longest proper suffix that is a node
	depth          int32
	out            int32 // 1 + index of the longest delimiter that ends here; 0: none
	b              byte
}

func (s *set) next(m *Matcher, buf []byte) (collect, skip int, found bool) {
	content, size, which, node := s.find(m.node, buf)
	return m.delimited(len(buf), content, size, which, node)
}

func (s *set) equal(r rule) bool {
	u, ok := r.(*set)
	return ok && (s == u || s.single == u.single && slices.Equal(s.delims, u.delims))
}

func (s *set) String() string {
	if s.single {
		return fmt.Sprintf("String(%q)", s.delims[0])
	}
	quoted := make([]string, len(s.delims))
	for i, d := range s.delims {
		quoted[i] = strconv.Quote(d)
	}
	return "Any(" + strings.Join(quoted, ", ") + ")"
}

func newSet(delims []string) *set {
	s := &set{delims: delims, nodes: make([]node, 1), last: -1, first: -1}
	sameFirst, sameLast := true, true
	for i, d := range delims {
		if d == "" {
			continue
		}
		s.insert(int32(i), d)
		s.order = append(s.order, i)
		if s.long == 0 {
			s.first, s.last = int(d[0]), int(d[len(d)-1])
		}
		sameFirst = sameFirst && int(d[0]) == s.first
		sameLast = sameLast && int(d[len(d)-1]) == s.last
		s.long = max(s.long, len(d))
	}
	slices.SortStableFunc(s.order, func(i, j int) int { return len(delims[j]) - len(delims[i]) })
	if !sameFirst {
		s.first = -1
	}
	if !sameLast || s.long > maxShort {
		s.last = -1
	}
	for c := s.nodes[0].child; c != 0; c = s.nodes[c].sibling {
		s.begins[s.nodes[c].b] = true
	}
	s.link()
	s.isLine = len(delims) == 2 && delims[0] == "\r\n" && delims[1] == "\n"
	return s
}

func (s *set) insert(index int32, delim string) {
	at := int32(0)
	for i := range len(delim) {
		next := s.childOf(at, delim[i])
		if next == 0 {
			next = int32(len(s.nodes))
			s.nodes = append(s.nodes, node{sibling: s.nodes[at].child, depth: int32(i + 1), b: delim[i]})
			s.nodes[at].child = next
		}
		at = next
	}
	if s.nodes[at].out == 0 { // the first of equal delimiters counts
		s.nodes[at].out = index + 1
	}
}

// link sets fail and inherits out, breadth first, so that every suffix is ready before the nodes
// that need it.
func (s *set) link() {
	queue := make([]int32, 0, len(s.nodes))
	for c := s.nodes[0].child; c != 0; c = s.nodes[c].sibling {
		queue = append(queue, c)
	}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		if s.nodes[at].out == 0 {
			s.nodes[at].out = s.nodes[s.nodes[at].fail].out
		}
		for c := s.nodes[at].child; c != 0; c = s.nodes[c].sibling {
			s.nodes[c].fail = s.step(s.nodes[at].fail, s.nodes[c].b)
			queue = append(queue, c)
		}
	}
}

func (s *set) childOf(at int32, b byte) int32 {
	for c := s.nodes[at].child; c != 0; c = s.nodes[c].sibling {
		if s.nodes[c].b == b {
			return c
		}
	}
	return 0
}

func (s *set) step(at int32, b byte) int32 {
	for {
		if c := s.childOf(at, b); c != 0 || at == 0 {
			return c
		}
		at = s.nodes[at].fail
	}
}

// scan reads buf from node at on, up to the first end of a delimiter. It returns the node reached
// and the number of bytes read; a delimiter has ended there if the node has an out.
func (s *set) scan(at int32, buf []byte) (int32, int) {
	for i := 0; i < len(buf); i++ {
		switch {
		case at != 0:
		case s.first >= 0:
			o := bytes.IndexByte(buf[i:], byte(s.first))
			if o < 0 {
				return 0, len(buf)
			}
			i += o
		case !s.begins[buf[i]]:
			continue
		}
		at = s.step(at, buf[i])
		if s.nodes[at].out != 0 {
			return at, i + 1
		}
	}
	return at, len(buf)
}

// find looks for the first end of a delimiter in buf, of which a scan that stopped in node at has
// read the first depth(at) bytes. It returns the number of bytes before the delimiter or, without
// one, before what may be the beginning of one; the length of the delimiter, 0 for none; its index;
// and the node to go on from.
func (s *set) find(at int32, buf []byte) (content, size, which int, next int32) {
	from := int(s.nodes[at].depth)
	if s.last >= 0 {
		switch end, which, dense := s.jump(buf); {
		case end > 0:
			size = len(s.delims[which])
			return end - size, size, which, 0
		case dense:
			from = 0
		default:
			from = max(0, len(buf)-s.long+1)
		}
	}
	at, n := s.scan(at, buf[from:])
	if out := s.nodes[at].out; out != 0 {
		size = len(s.delims[out-1])
		return from + n - size, size, int(out - 1), 0
	}
	content = len(buf) - int(s.nodes[at].depth)
	if s.last >= 0 {
		at = 0 // short delimiters keep no state: at most 31 bytes are read again
	}
	return content, 0, 0, at
}

// jump finds the first end of a delimiter by the byte in which all of them end, as in Line, at the
// speed of bytes.IndexByte. It gives up, dense, where that byte is frequent and no delimiter ends
// there.
func (s *set) jump(buf []byte) (end, which int, dense bool) {
	for i, misses := 0, 0; ; misses++ {
		if misses > (i+16)/8 {
			return 0, 0, true
		}
		o := bytes.IndexByte(buf[i:], byte(s.last))
		if o < 0 {
			return 0, 0, false
		}
		i += o + 1
		for _, which := range s.order {
			if d := s.delims[which]; len(d) <= i && string(buf[i-len(d):i]) == d {
				return i, which, false
			}
		}
	}
}
