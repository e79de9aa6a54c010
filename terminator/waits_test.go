package terminator

import "testing"

// Waits is true only where no bytes are no element, and none has begun. FindsWhole is true for
// whatever Whole finds.
func TestWaits(t *testing.T) {
	for _, tt := range []struct {
		term  Terminator
		want  bool
		finds bool
	}{
		{String("\r\n"), true, true}, {Line(), true, true}, {None, false, false},
		{Length(0), false, false}, {Length(3), false, true}, {Dot(RejectBare), false, false},
		{Any("a", "bc"), false, false}, {Netstring(), false, false},
	} {
		var m Matcher
		m.Set(tt.term)
		if got := m.Waits(); got != tt.want {
			t.Errorf("%v: Waits = %t, want %t", tt.term, got, tt.want)
		}
		if got := m.FindsWhole(); got != tt.finds {
			t.Errorf("%v: FindsWhole = %t, want %t", tt.term, got, tt.finds)
		}
		if _, _, found := m.Next(nil); found && tt.want {
			t.Errorf("%v: waits, and is found in no bytes", tt.term)
		}
	}
	var m Matcher
	m.Set(Line())
	if m.Next([]byte("half")); m.Waits() {
		t.Error("waits for the next element in the middle of one")
	}
}
