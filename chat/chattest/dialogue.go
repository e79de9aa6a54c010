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
	case s.verb == sends && len(b.expects) == 0 && len(b.actions) > 0 && b.actions[0].verb == sends:
		b.actions = append(b.actions, s)
	default:
		d.blocks = append(d.blocks, block{actions: []step{s}})
	}
}

func parseStep(line string) (step, error) {
	word, rest, _ := strings.Cut(line, " ")
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
	case "=":
		return parseState(line, rest)
	}
	switch verb(line) {
	case ends, resets, stalls, unstalls, drains, closes:
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

// escape is the inverse of unescape, in one line.
func escape(s string) string {
	q := strconv.Quote(s)
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	if trimmed, ok := strings.CutSuffix(q, " "); ok {
		q = trimmed + `\x20`
	}
	return q
}

// asSteps writes what was received as steps of a dialogue.
func asSteps(received string) []string {
	var lines []string
	for line := range strings.SplitAfterSeq(received, "\n") {
		for {
			before, n, behind := longRun(line)
			if n == 0 {
				break
			}
			if before != "" {
				lines = append(lines, "S- "+escape(before))
			}
			lines = append(lines, fmt.Sprintf("S* %d %s", n, escape(line[len(before):][:1])))
			line = behind
		}
		text, whole := strings.CutSuffix(line, "\r\n")
		switch {
		case line == "": // behind the last line end
		case !whole:
			lines = append(lines, "S- "+escape(text))
		case text == "":
			lines = append(lines, "S:")
		default:
			lines = append(lines, "S: "+escape(text))
		}
	}
	return lines
}

// minRun is how often a byte has to be repeated to be written as a number.
const minRun = 80

// longRun finds the first n equal bytes in a row that are many enough; without them n is 0.
func longRun(s string) (before string, n int, behind string) {
	for i := 0; i < len(s); i += n {
		for n = 1; i+n < len(s) && s[i+n] == s[i]; n++ {
		}
		if n >= minRun {
			return s[:i], n, s[i+n:]
		}
	}
	return s, 0, ""
}
