package chat

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// A misspelt callback compiles, and is never called. What can be told from the type of a handler is
// told: to the log of debugging, once for each type, and to a test.

// A critic is a handler before another, as package chattest has one, that wants to know.
type critic interface{ Misused(faults []string) }

// reportMisuse is called when the channel has its handler.
func (c *Channel) reportMisuse() {
	if t, ok := c.handler.(critic); ok {
		t.Misused(misusesOf(c.handler).faults)
		return
	}
	log := c.baseLogger()
	if !log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	if m := misusesOf(c.handler); len(m.faults) > 0 && !m.logged.Swap(true) {
		for _, fault := range m.faults {
			log.Debug("callback is never called", "reason", fault)
		}
	}
}

// misused is what was found out about a type.
type misused struct {
	faults []string
	logged atomic.Bool
}

var misusedTypes sync.Map // from reflect.Type to *misused

func misusesOf(h Handler) *misused {
	t := reflect.TypeOf(own(h))
	m, ok := misusedTypes.Load(t)
	if !ok {
		m, _ = misusedTypes.LoadOrStore(t, &misused{faults: misuses(t)})
	}
	return m.(*misused)
}

// callbacksOfCore are what a handler may have for package core, which has its own use of it.
var callbacksOfCore = []reflect.Type{
	reflect.TypeFor[core.AcceptHandler](), reflect.TypeFor[core.ListenerCloseHandler](),
	reflect.TypeFor[core.ReadHandler](), reflect.TypeFor[core.WriteHandler](),
	reflect.TypeFor[core.ExptHandler](), reflect.TypeFor[core.HangUpHandler](),
	reflect.TypeFor[inside.DeferredHandler](), reflect.TypeFor[inside.DeadlineHandler](),
	reflect.TypeFor[inside.IdleHandler](),
}

// misuses returns what is wrong with the callbacks of a type, in words.
func misuses(t reflect.Type) (faults []string) {
	if t == nil { // the state of a Session may be anything
		return nil
	}
	whole := t
	if t.Kind() != reflect.Pointer {
		whole = reflect.PointerTo(t) // it has the methods of both kinds of receiver
	}
	for i := range whole.NumMethod() {
		m := whole.Method(i)
		if !strings.HasPrefix(m.Name, "Handle") {
			continue
		}
		switch meant := meantBy(m); {
		case meant == nil:
		case !whole.Implements(meant):
			faults = append(faults, fmt.Sprintf("%v has %s, what is called is %s", t,
				signature(m, 1), signature(meant.Method(0), 0)))
		case !t.Implements(meant):
			faults = append(faults, fmt.Sprintf(
				"%v is used by value, and the receiver of its %s is a pointer", t, m.Name))
		}
	}
	return faults
}

// meantBy returns the interface that m implements, or that it was meant to: it has nearly that
// name.
func meantBy(m reflect.Method) (near reflect.Type) {
	for _, table := range [][]reflect.Type{callbacks, callbacksOfCore} {
		for _, t := range table {
			want := t.Method(0)
			switch {
			case want.Name == m.Name:
				return t
			case strings.EqualFold(want.Name, m.Name), sameSignature(m.Type, want.Type) &&
				editDistance(want.Name, m.Name) <= (len(want.Name)-len("Handle"))/3:
				near = t
			}
		}
	}
	return near
}

// signature returns m as it is declared, without its first arguments.
func signature(m reflect.Method, without int) string {
	var in []string
	for i := without; i < m.Type.NumIn(); i++ {
		in = append(in, m.Type.In(i).String())
	}
	s := m.Name + "(" + strings.Join(in, ", ") + ")"
	for i := range m.Type.NumOut() {
		s += " " + m.Type.Out(i).String()
	}
	return s
}

// sameSignature compares the type of a method, which has its receiver first, with that of one of an
// interface, which has none.
func sameSignature(m, want reflect.Type) bool {
	if m.NumIn() != want.NumIn()+1 || m.NumOut() != want.NumOut() {
		return false
	}
	for i := range want.NumIn() {
		if m.In(i+1) != want.In(i) {
			return false
		}
	}
	return true
}

// editDistance returns how many bytes must be added, removed or replaced to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
