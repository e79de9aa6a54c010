package chat

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

var (
	// ErrUnknownCommand is what [Commands.Bad] gets for a verb that is not in the table.
	ErrUnknownCommand = errors.New("chat: unknown command")
	// ErrArguments is what [Commands.Bad] gets for too few or too many arguments.
	ErrArguments = errors.New("chat: wrong number of arguments")
)

// Commands is the table of a protocol whose lines begin with a verb. S is what the commands are
// methods of, usually a pointer to a session. A table is made once, and used by any number of
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
	// Verbs has the commands by their verbs, which are in upper case here, at most 32 bytes long, and
	// come in any case.
	Verbs map[string]Command[S]
	// Bad is called for a line that is not a command: with ErrUnknownCommand or ErrArguments, and the
	// verb as it came, which is empty for an empty line, and valid only during the call. If Bad is
	// nil, such lines are dropped.
	Bad func(s S, verb []byte, err error)

	checked sync.Once
	wrong   string
}

// A Command is what is done at a verb.
type Command[S any] struct {
	// Run is called with the arguments. They and the slice of them are valid only during the call.
	Run func(s S, args [][]byte)
	// Text is in place of Run, for commands that are easier to write with strings. The arguments may
	// be kept; it costs an allocation for each of them.
	Text func(s S, args []string)
	// Help is the line of the command in [Commands.Help], without the verb, such as "name: sets your
	// name". Commands without it are not listed; a blank, " ", lists the verb alone.
	Help string
	// Min and Max say how many arguments there may be. Max NoLimit is any number.
	Min, Max int
	// Rest makes the last of Max arguments the rest of the line, with its spaces, except those at its
	// ends.
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

// Help returns a line for each command that has a Help, verb and text, by the order of their verbs:
// for [Channel.PushReply] or PushLine. With a verb, in any case, it is the line of that command
// alone, and none if there is no such command. A table with commands that call Help is made in a
// function, or Go finds that it depends on itself.
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
