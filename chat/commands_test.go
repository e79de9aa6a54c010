package chat_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A commander writes down its commands.
type commander struct {
	log   []string
	texts [][]string
}

func (c *commander) does(name string) func(*commander, [][]byte) {
	return func(s *commander, args [][]byte) {
		s.log = append(s.log, fmt.Sprintf("%s %q", name, args))
	}
}

func (c *commander) says(s *commander, args []string) {
	s.texts = append(s.texts, args)
	s.log = append(s.log, fmt.Sprintf("says %q", args))
}

func (c *commander) bad(verb []byte, err error) {
	c.log = append(c.log, fmt.Sprintf("bad %q: %v", verb, err))
}

func TestCommands(t *testing.T) {
	s := &commander{}
	table := chat.Commands[*commander]{
		Verbs: map[string]chat.Command[*commander]{
			"NONE": {Run: s.does("none")},
			"TWO":  {Run: s.does("two"), Min: 1, Max: 2},
			"ANY":  {Run: s.does("any"), Min: 2, Max: chat.NoLimit},
			"SAY":  {Run: s.does("say"), Min: 2, Max: 2, Rest: true},
			"ALL":  {Run: s.does("all"), Max: 1, Rest: true},
			"TEXT": {Text: s.says, Min: 1, Max: 2, Rest: true},
		},
		Bad: (*commander).bad,
	}
	for _, tt := range []struct{ line, want string }{
		{"NONE", `none []`},
		{"none", `none []`},
		{"nOnE  \t", `none []`},
		{"NONE x", `bad "NONE": chat: wrong number of arguments`},
		{"two", `bad "two": chat: wrong number of arguments`},
		{"two a", `two ["a"]`},
		{"\t two  a\t b ", `two ["a" "b"]`},
		{"two a b c", `bad "two": chat: wrong number of arguments`},
		{"any a", `bad "any": chat: wrong number of arguments`},
		{"any a b c d", `any ["a" "b" "c" "d"]`},
		{"say a", `bad "say": chat: wrong number of arguments`},
		{"say a  b  c ", `say ["a" "b  c"]`},
		{"all", `all []`},
		{"all a b", `all ["a b"]`},
		{"text a  b c", `says ["a" "b c"]`},
		{"text d", `says ["d"]`},
		{"text", `bad "text": chat: wrong number of arguments`},
		{"", `bad "": chat: unknown command`},
		{"  ", `bad "": chat: unknown command`},
		{"NON", `bad "NON": chat: unknown command`},
		{"NONE:x", `bad "NONE:x": chat: unknown command`},
		{"ﬁ", `bad "ﬁ": chat: unknown command`},
		{strings.Repeat("x", 33) + " y", `bad "` + strings.Repeat("x", 33) + `": chat: unknown command`},
	} {
		s.log = nil
		table.Call(s, []byte(tt.line))
		if len(s.log) != 1 || s.log[0] != tt.want {
			t.Errorf("%q: %q, want %q", tt.line, s.log, tt.want)
		}
	}
	if got := fmt.Sprintf("%q", s.texts); got != `[["a" "b c"] ["d"]]` {
		t.Errorf("the texts that were kept are %s", got) // whatever came behind them
	}
	table.Bad = nil
	s.log = nil
	table.Call(s, []byte("what"))
	if len(s.log) != 0 {
		t.Errorf("a bad line without Bad: %q", s.log)
	}
}

// A table that could never work says so at once, and each time.
func TestWrongCommands(t *testing.T) {
	run := func(int, [][]byte) {}
	for name, c := range map[string]chat.Command[int]{
		"lower":                 {Run: run},
		"A B":                   {Run: run},
		"":                      {Run: run},
		strings.Repeat("X", 33): {Run: run},
		"NORUN":                 {},
		"BOTH":                  {Run: run, Text: func(int, []string) {}},
		"HELP":                  {Run: run, Help: "one\r\ntwo"},
		"COUNT":                 {Run: run, Min: 2, Max: 1},
		"REST":                  {Run: run, Rest: true},
	} {
		table := chat.Commands[int]{Verbs: map[string]chat.Command[int]{name: c}}
		for range 2 {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%q: no panic", name)
					}
				}()
				table.Call(0, []byte("x"))
			}()
		}
	}
}

// Help is a line for each command that has one, for all of them or for one.
func TestCommandsHelp(t *testing.T) {
	run := func(int, [][]byte) {}
	table := chat.Commands[int]{Verbs: map[string]chat.Command[int]{
		"B": {Run: run, Help: "<x>: second"}, "A": {Run: run, Help: "first"}, "C": {Run: run},
		"AB": {Run: run, Help: "also"}, "D": {Run: run, Help: " "}}}
	for verb, want := range map[string]string{
		"": "A first, AB also, B <x>: second, D", "b": "B <x>: second", "A": "A first", "d": "D",
		"c": "", "x": "",
	} {
		if got := strings.Join(table.Help(verb), ", "); got != want {
			t.Errorf("Help(%q) is %q, want %q", verb, got, want)
		}
	}
}

// Hostile lines cost what they are long, and the usual ones no memory.
func TestCommandsCost(t *testing.T) {
	n := 0
	table := chat.Commands[int]{Verbs: map[string]chat.Command[int]{
		"ANY": {Run: func(_ int, args [][]byte) { n += len(args) }, Max: chat.NoLimit}}}
	for _, piece := range []string{" a", " ", "\t ", "a"} {
		// The allocation of lines is not measured. All argument lists are too long to be kept, and short
		// enough to be small for the allocator, to which each byte of a large one costs more.
		lines := map[int][]byte{}
		chattest.Linear(t, 80, func(size int) int {
			if lines[size] == nil {
				lines[size] = append([]byte("any"), bytes.Repeat([]byte(piece), size)...)
			}
			table.Call(0, lines[size])
			return 0
		})
	}
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	line := []byte("any a b c d")
	// A collection empties the pool.
	if got := testing.AllocsPerRun(100, func() { table.Call(0, line) }); got > 0.1 {
		t.Errorf("%v allocations, want 0", got)
	}
}
