package micro

import (
	"context"
	"testing"
)

// BenchmarkPost measures the way to a loop that sleeps and back: a function is posted from another
// goroutine, and answers. Beside it the same between two goroutines.
func BenchmarkPost(b *testing.B) {
	b.Run("roundtrip/core", func(b *testing.B) {
		l := newLoop(b)
		ended := make(chan error)
		go func() { ended <- l.Run(context.Background()) }()
		answer := make(chan bool, 1)
		f := func() { answer <- true }
		b.ReportAllocs()
		for b.Loop() {
			if err := l.Post(f); err != nil {
				b.Fatal(err)
			}
			<-answer
		}
		l.Stop()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	})
	b.Run("roundtrip/channels", func(b *testing.B) {
		posts, answer := make(chan func()), make(chan bool, 1)
		go func() {
			for f := range posts {
				f()
			}
		}()
		f := func() { answer <- true }
		b.ReportAllocs()
		for b.Loop() {
			posts <- f
			<-answer
		}
		close(posts)
	})
}
