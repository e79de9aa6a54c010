package docs

import (
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Who may write the state of a Channel: its fields and flags, and types of which only these files
// may change a value ("life"). What a file no longer writes is to be taken out here.
var owners = []struct{ states, files string }{
	{"input", "deliver input"},
	{"life", "end endpoint life open proxy settle shutdown"},
	{"output", "output"},

	{"Channel.holding", "account"},
	{"Channel.clock Channel.due Channel.idle", "clock"},
	{"Channel.conn", "dialer open"},
	{"Channel.elementBytes", "element settle"},
	{"Channel.ext", "extension"},
	{"Channel.handler borrows rests tellsDrained", "open"},
	{"Channel.matcher", "converse_read"},
	{"Channel.queue", "flush starttls"},
	{"Channel.settings", "serving settings"},
	{"Channel.shared", "room"},
	{"Channel.unconsumed", "deliver end input proxy receive"},

	{"countedAddress countedConn", "serving"},
	{"dueStands idleStands", "clock"},
	{"endedElement sentOutput", "clock element"},
	{"expectMore firstElement gotInput", "element"},
	{"gatherNoMore", "settle"},
	{"inRead", "endpoint settle"},
	{"settleQueued", "channel endpoint settle"},
	{"largeReads largestReads", "receive"},
	{"manyElements", "deliver"},

	{"actsAsker", "deliver end"},
	{"actsBacklog", "sharing"},
	{"actsBusy", "busy"},
	{"actsCount actsHold actsInput actsUnread", "input"},
	{"actsEnd", "end"},
	{"actsOutput", "output"},
	{"actsRate", "ratelimit"},
	{"actsTLS", "end starttls"},
	{"actsTap", "account end"},
	{"actsTasks", "work"},
	{"actsTerminator", "control input"},
	{"actsTrace", "end logging"},
}

// Each field of Channel has a row, or its type has, or its constants have.
func TestOwners(t *testing.T) {
	p := load(t, "chat")
	written := allWrites(p)
	rows := map[string][]string{}
	for _, row := range owners {
		for state := range strings.FieldsSeq(row.states) {
			rows[state] = strings.Fields(row.files)
		}
	}
	needs := p.needOwners(rows)
	for _, state := range slices.Sorted(maps.Keys(written)) {
		if rows[state] == nil && !needs[state] {
			continue
		}
		if testing.Verbose() {
			t.Logf("%s: %s", state, strings.Join(slices.Sorted(maps.Keys(written[state])), " "))
		}
		for file := range written[state] {
			if !slices.Contains(rows[state], file) {
				t.Errorf("%s may not be written in %s.go, only in %q", state, file, rows[state])
			}
		}
	}
	for state, files := range rows {
		for _, file := range files {
			if !written[state][file] {
				t.Errorf("%s is no longer written in %s.go", state, file)
			}
		}
	}
}

// needOwners returns the fields of Channel without an owner of their type, and, for fields without
// a row, the constants of their type.
func (p *typedPackage) needOwners(rows map[string][]string) map[string]bool {
	needs := map[string]bool{}
	channel := p.Scope().Lookup("Channel").Type().Underlying().(*types.Struct)
	for field := range channel.Fields() {
		named, _ := field.Type().(*types.Named)
		if named != nil && named.Obj().Pkg() != p.Package {
			named = nil
		}
		if named != nil && rows[named.Obj().Name()] != nil {
			continue
		}
		constants := 0
		for _, name := range p.Scope().Names() {
			c, ok := p.Scope().Lookup(name).(*types.Const)
			if ok && named != nil && types.Identical(c.Type(), field.Type()) {
				constants++
				needs[name] = rows["Channel."+field.Name()] == nil
			}
		}
		needs["Channel."+field.Name()] = constants == 0
	}
	return needs
}
