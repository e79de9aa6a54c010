package chat

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

var (
	// ErrUnknownCommand is passed to [Commands.Bad] for a verb that is not in the table.
	ErrUnknownCommand = errors.New("chat: unknown command")
	// ErrArguments is passed to [Commands.Bad] for too few or too many arguments.
	ErrArguments = errors.New("chat: wrong number of arguments")
)

// Commands is the table of a protocol whose lines begin with a verb. S is the type whose methods
// are the commands, usually a pointer to a session. A table is made once, and used by any number of
// sessions and loops:
//
//	var commands = chat.Commands[*session]{
//		Verbs: map[string]chat.Command[*session]{
//			"NICK": {Run: (*session).nick, Min: 1, Max: 1},
//			"QUIT": {Run: (*session).quit, Max: 1, Rest: true},
//		},
//		Bad: (*session).bad,
//	}
type Commands[S any] struct {
	// Verbs has the commands by their verbs, in upper case, at most 32 bytes long. A peer may send
	// them in any case.
	Verbs map[string]Command[S]
	// Bad is called for a line that is not a command, with ErrUnknownCommand or ErrArguments. It gets
	// the verb as the peer sent it, empty for an empty line, and valid only during the call. If Bad is
	// nil, such lines are dropped.
	Bad func(s S, verb []byte, err error)

	checked sync.Once
	wrong   string
}

// A Command describes the command of one verb.
type Command[S any] struct {
	// Run is called with the arguments. The arguments and their slice are valid only during the call.
	Run func(s S, args [][]byte)
	// Text takes the place of Run, for commands that are easier to write with strings. Text may keep
	// its arguments; each costs an allocation.
	Text func(s S, args []string)
	// Help is the line of the command in [Commands.Help], without the verb, such as "name: sets your
	// name". Commands without Help are not listed; with a blank, " ", only the verb is listed.
	Help string
	// Min and Max bound the number of arguments. NoLimit as Max allows any number.
	Min, Max int
	// Rest makes the last of Max arguments take the rest of the line. Spaces within it stay, spaces
	// at its ends are removed.
	Rest bool
}

// maxVerb is the length of the longest verb.
const maxVerb = 32

// Call runs the command of line, a verb and its arguments with spaces or tabs between them. It
// panics if the table itself is wrong. It costs O(len(line)), and allocates nothing as long as
// there are few arguments.
func (t *Commands[S]) Call(s S, line []byte) {
	if t.checked.Do(t.check); t.wrong != "" {
		panic("chat: Commands: " + t.wrong)
	}
	verb, rest := cutWord(line)
	var upper [maxVerb]byte
	command, ok := t.Verbs[string(upper[:upperCase(upper[:], verb)])]
	if !ok {
		t.bad(s, verb, ErrUnknownCommand)
		return
	}
	scratch := arguments.Get().(*[][]byte)
	args := command.split((*scratch)[:0], rest)
	if len(args) < command.Min || command.Max >= 0 && len(args) > command.Max {
		t.bad(s, verb, ErrArguments)
	} else {
		command.run(s, args)
	}
	if cap(args) <= maxArguments {
		clear(args)
		*scratch = args
		arguments.Put(scratch)
	}
}

// Help returns a line with verb and text for each command that has a Help, sorted by verb: for
// [Channel.PushReply] or PushLine. With a verb, in upper or lower case, it returns only the line of
// that command, or no line if there is no such command. If a command calls Help, make the table in
// a function: otherwise Go reports an initialization cycle.
func (t *Commands[S]) Help(verb string) (lines []string) {
	verb = strings.ToUpper(verb)
	for v, c := range t.Verbs {
		if c.Help != "" && (verb == "" || verb == v) {
			lines = append(lines, strings.TrimRight(v+" "+c.Help, " "))
		}
	}
	slices.Sort(lines)
	return lines
}

func (c *Command[S]) run(s S, args [][]byte) {
	if c.Run != nil {
		c.Run(s, args)
		return
	}
	text := make([]string, len(args))
	for i, arg := range args {
		text[i] = string(arg)
	}
	c.Text(s, text)
}

func (t *Commands[S]) bad(s S, verb []byte, err error) {
	if t.Bad != nil {
		t.Bad(s, verb, err)
	}
}

// check finds what could never work, so that the first line of the first test tells.
func (t *Commands[S]) check() {
	for verb, c := range t.Verbs {
		switch {
		case verb == "", len(verb) > maxVerb, verb != strings.ToUpper(verb),
			strings.ContainsAny(verb, " \t"):
			t.wrong = fmt.Sprintf("%q is no verb in upper case", verb)
		case strings.ContainsAny(c.Help, "\r\n"):
			t.wrong = verb + " has a Help of several lines"
		case (c.Run == nil) == (c.Text == nil):
			t.wrong = verb + " has not one of Run and Text"
		case c.Max >= 0 && c.Min > c.Max, c.Rest && c.Max <= 0:
			t.wrong = fmt.Sprintf("%s has %d to %d arguments", verb, c.Min, c.Max)
		}
	}
}

// split appends the arguments to args. Of those that are too many it appends one.
func (c *Command[S]) split(args [][]byte, rest []byte) [][]byte {
	if c.Max < 0 {
		// A line can have many, and to grow little by little costs ten times as much.
		args = slices.Grow(args, countWords(rest))
	}
	for len(rest) > 0 && (c.Max < 0 || len(args) <= c.Max) {
		word := rest
		if c.Rest && len(args) == c.Max-1 {
			rest = nil
		} else {
			word, rest = cutWord(rest)
		}
		args = append(args, word)
	}
	return args
}

// arguments are slices for the calls in progress.
var arguments = sync.Pool{New: func() any { return new([][]byte) }}

// maxArguments bounds those that are kept: a line can have as many arguments as its peer likes.
const maxArguments = 64

// cutWord returns the first word of line, and what follows behind the blanks.
func cutWord(line []byte) (word, rest []byte) {
	line = trimBlanks(line)
	for i, b := range line {
		if isBlank(b) {
			return line[:i:i], trimBlanks(line[i:])
		}
	}
	return line[:len(line):len(line)], nil
}

func countWords(p []byte) (n int) {
	blank := true
	for _, b := range p {
		if blank && !isBlank(b) {
			n++
		}
		blank = isBlank(b)
	}
	return n
}

func trimBlanks(p []byte) []byte {
	for len(p) > 0 && isBlank(p[0]) {
		p = p[1:]
	}
	for len(p) > 0 && isBlank(p[len(p)-1]) {
		p = p[:len(p)-1]
	}
	return p
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// upperCase writes verb in upper case, as far as ASCII has cases, and returns its length; 0, which
// no verb has, if there is no room.
func upperCase(dst, verb []byte) int {
	if len(verb) > len(dst) {
		return 0
	}
	for i, b := range verb {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		dst[i] = b
	}
	return len(verb)
}
