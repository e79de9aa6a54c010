package main

import "testing"

// A loop answers all its connections, has a line sent to each of them, and ends them all, in a
// shutdown of more than one turn.
func TestMeasure(t *testing.T) {
	w, err := newWorld(300)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.join(); err != nil {
		t.Fatal(err)
	}
	if n := w.room.Len(); n != 300 {
		t.Fatalf("%d of 300 are members", n)
	}
	if _, err := w.broadcast(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.batch(another()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.shutdown(); err != nil {
		t.Fatal(err)
	}
	if n := w.k.Open(); n != 0 {
		t.Errorf("%d descriptors are left", n)
	}
}
