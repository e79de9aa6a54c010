package token

import (
	"slices"
	"testing"
)

func TestAll(t *testing.T) {
	got := slices.Collect(All("a, B\t,,", "", " c"))
	if want := []string{"a", "B", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHas(t *testing.T) {
	for token, want := range map[string]bool{"a": true, "b": true, "C": true, "": false, "ab": false} {
		if got := Has(token, "a, B", "c"); got != want {
			t.Errorf("Has(%q) = %t, want %t", token, got, want)
		}
	}
}
