package chattest

import (
	"flag"
	"os"
	"strings"
	"testing"
)

// updating reports whether dialogues are to be written anew. A flag of the test's own by the usual
// name will do.
func updating() bool {
	if *updateFlag {
		return true
	}
	if own := flag.Lookup("update"); own != nil {
		if v, ok := own.Value.(flag.Getter); ok {
			return v.Get() == true
		}
	}
	return false
}

// update writes what has come in turns to the file, where it is something else than the file says,
// and returns the new dialogue. What the peer does, comments and blank lines stay.
func (d *dialogue) update(tb testing.TB, turns []turn) *dialogue {
	tb.Helper()
	drop := make(map[int]bool)
	insert := make(map[int][]string) // before the line
	for i, b := range d.blocks {
		got, _, ok := b.check(d.lines, turns[i])
		if ok {
			continue
		}
		at := d.start()
		for _, s := range b.actions {
			at = s.line + 1
		}
		for j, e := range b.expects {
			drop[e.line] = true
			if j == 0 {
				at = e.line
			}
		}
		insert[at] = got
	}
	if len(insert) == 0 {
		return d
	}
	var out []string
	for i, line := range d.lines {
		out = append(out, insert[i]...)
		if !drop[i] {
			out = append(out, line)
		}
	}
	text := strings.Join(append(out, insert[len(d.lines)]...), "\n")
	if err := os.WriteFile(d.file, []byte(text), 0o666); err != nil {
		tb.Fatalf("chattest: %v", err)
	}
	anew, err := parseDialogue(d.file, text)
	if err != nil {
		tb.Fatalf("chattest: the dialogue as it was updated: %v", err)
	}
	return anew
}

// start returns the line after the comments at the beginning.
func (d *dialogue) start() int {
	for i, line := range d.lines {
		if !strings.HasPrefix(line, "#") {
			return i
		}
	}
	return len(d.lines)
}
