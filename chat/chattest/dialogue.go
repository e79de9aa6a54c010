package chattest

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A dialogue is a file of steps, one a line. docs/testing.md describes the format.
type dialogue struct {
	file   string
	lines  []string // as they stand in the file
	blocks []block
}

// A block is what the peer does, and what must have happened when all is quiet again: nothing, at
// the beginning; some lines that it sends in a row; or one other thing.
type block struct {
	actions []step
	expects []step
}

type step struct {
	line int // in dialogue.lines
	verb verb
	peer int    // whose it is: 0 is that of the channel under test
	text string // what is sent, or expected
	re   *regexp.Regexp
	n    int
	d    time.Duration
}

type verb string

const (
	sends    verb = "C"
	receives verb = "S"
	matches  verb = "S~"
	passes   verb = "~"
	ends     verb = "eof"
	resets   verb = "reset"
	stalls   verb = "stall"
	unstalls verb = "unstall"
	drains   verb = "drain"
	accepts  verb = "accept"
	fails    verb = "fail"
	dials    verb = "dial"
	listens  verb = "listen"
	closes   verb = "close"
	isClosed verb = "= closed"
	isPaused verb = "= paused"
	isOpen   verb = "= reading"
)

func (v verb) expects() bool {
	switch v {
	case receives, matches, closes, isClosed, isPaused, isOpen:
		return true
	}
	return false
}

func loadDialogue(file string) (*dialogue, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseDialogue(file, string(text))
}

func parseDialogue(file, text string) (*dialogue, error) {
	d := &dialogue{file: file, blocks: make([]block, 1)}
	d.lines = strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range d.lines {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s, err := parseStep(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		s.line = i
		d.add(s)
	}
	return d, nil
}

func (d *dialogue) add(s step) {
	b := &d.blocks[len(d.blocks)-1]
	switch {
	case s.verb.expects():
		b.expects = append(b.expects, s)
	case s.verb == sends && len(b.expects) == 0 && b.sends() && b.actions[0].peer == s.peer:
		b.actions = append(b.actions, s)
	default:
		d.blocks = append(d.blocks, block{actions: []step{s}})
	}
}

// sends reports whether the block is what a peer sends.
func (b *block) sends() bool { return len(b.actions) > 0 && b.actions[0].verb == sends }

// maxPeers is how many peers a dialogue has at most, with that of the channel under test.
const maxPeers = 4

// parseStep reads a step. The number of a peer but the first stands after the word: C2: text.
func parseStep(line string) (step, error) {
	word, rest, more := strings.Cut(line, " ")
	i := strings.IndexAny(word, "234")
	if i < 1 {
		return parseBare(word, rest, line)
	}
	peer := int(word[i] - '1')
	word = word[:i] + word[i+1:]
	line = word
	if more {
		line += " " + rest
	}
	s, err := parseBare(word, rest, line)
	s.peer = peer
	return s, err
}

func parseBare(word, rest, line string) (step, error) {
	switch word {
	case "C:", "S:", "C-", "S-":
		if strings.HasSuffix(rest, " ") || strings.HasSuffix(rest, "\t") {
			return step{}, errors.New(`the text ends in a blank, which nobody sees: write it as \x20 or \t`)
		}
		text, err := unescape(rest)
		if word[1] == ':' {
			text += "\r\n"
		}
		return step{verb: verb(word[:1]), text: text}, err
	case "C*", "S*":
		count, unit, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(count)
		if err != nil || n < 0 || n > 1<<24 {
			return step{}, fmt.Errorf("how often is %q?", count)
		}
		text, err := unescape(unit)
		return step{verb: verb(word[:1]), text: strings.Repeat(text, n)}, err
	case "S~":
		re, err := regexp.Compile("^(?s:" + rest + ")$")
		return step{verb: matches, re: re}, err
	case "~":
		d, err := time.ParseDuration(rest)
		return step{verb: passes, d: d}, err
	case "accept":
		n, err := strconv.Atoi(rest)
		return step{verb: accepts, n: n}, err
	case "dial", "listen":
		return step{verb: verb(word), text: rest}, nil
	case "=":
		return parseState(line, rest)
	}
	switch verb(line) {
	case ends, resets, stalls, unstalls, drains, fails, closes:
		return step{verb: verb(line)}, nil
	}
	return step{}, fmt.Errorf("what is %q?", line)
}

func parseState(line, rest string) (step, error) {
	if reason, ok := strings.CutPrefix(rest, "closed: "); ok {
		return step{verb: isClosed, text: reason}, nil
	}
	if pattern, ok := strings.CutPrefix(rest, "closed~ "); ok {
		re, err := regexp.Compile("^(?:" + pattern + ")$")
		return step{verb: isClosed, re: re}, err
	}
	switch verb(line) {
	case isPaused, isOpen:
		return step{verb: verb(line)}, nil
	}
	return step{}, fmt.Errorf("what is %q?", line)
}

// unescape reads the escapes of a Go string; a quote may stand as it is.
func unescape(s string) (string, error) {
	var b []byte
	for s != "" {
		c, multibyte, rest, err := strconv.UnquoteChar(s, 0)
		if err != nil {
			return "", fmt.Errorf("%q: no escape of Go", s)
		}
		if c < utf8.RuneSelf || !multibyte {
			b = append(b, byte(c))
		} else {
			b = utf8.AppendRune(b, c)
		}
		s = rest
	}
	return string(b), nil
}
