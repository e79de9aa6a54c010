package chat_test

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

func TestPauseAfter(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("a\r\nb")
	w.Do(func() { w.r.PauseAfter(2) }) // the element in progress is the first
	w.SendString("b\r\nc\r\nd\r\n")
	w.r.expect(t, `connect, "a", found, "bb", found, "c", found`)
	if !w.Paused() {
		t.Error("not paused")
	}
	w.goesOn(time.Hour) // as by PauseReading
	w.SendString("e\r\n")
	w.Do(func() { w.r.ResumeReading() })
	w.r.expect(t, `connect, "a", found, "bb", found, "c", found, "d", found, "e", found`)
}

// Delivery on demand: one element each time.
func TestPauseAfterOne(t *testing.T) {
	w := watch(t, crlf, onFound(func(r *recorder, _ string) { r.PauseAfter(1) }))
	w.Do(func() { w.r.PauseAfter(1) })
	w.SendString("a\r\nb\r\nc\r\n")
	for _, want := range []string{`connect, "a", found`, `connect, "a", found, "b", found`,
		`connect, "a", found, "b", found, "c", found`} {
		w.r.expect(t, want)
		w.Do(func() { w.r.ResumeReading() })
	}
}

// The pause is there when FoundTerminator is called, which may take it back.
func TestPauseAfterIsResumedInFoundTerminator(t *testing.T) {
	w := watch(t, crlf, onFound(func(r *recorder, element string) {
		if element != "c" {
			r.PauseAfter(1)
			r.ResumeReading()
		}
	}))
	w.Do(func() { w.r.PauseAfter(1) })
	w.SendString("a\r\nb\r\nc\r\nd\r\n")
	w.r.expect(t, `connect, "a", found, "b", found, "c", found`)
}

func TestPauseAfterNothing(t *testing.T) {
	w := watch(t, crlf)
	w.Do(func() {
		w.r.PauseAfter(1)
		w.r.PauseAfter(chat.NoLimit)
	})
	w.SendString("a\r\nb\r\n")
	w.Do(func() {
		w.r.PauseAfter(1)
		w.r.PauseAfter(0)
	})
	w.SendString("c\r\nd\r\n")
	w.r.expect(t, `connect, "a", found, "b", found`)
	w.Do(func() { w.r.ResumeReading() }) // the count of 1 was taken away
	w.r.expect(t, `connect, "a", found, "b", found, "c", found, "d", found`)
}
