package hist

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	for shift := range 62 {
		for _, n := range []uint64{1 << shift, 1<<shift + 1, 1<<(shift+1) - 1} {
			i := bucket(n)
			if up := uint64(upper(i)); up < n || float64(up) > float64(n)*1.016 {
				t.Errorf("%d is in a bucket that ends at %d", n, up)
			}
			if n > 0 && i > 0 && uint64(upper(i-1)) >= n {
				t.Errorf("%d fits into the bucket before, which ends at %d", n, upper(i-1))
			}
		}
	}
}

func TestQuantile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h Hist
	all := make([]time.Duration, 10000)
	for i := range all {
		all[i] = time.Duration(r.ExpFloat64() * 1e5)
		h.Add(all[i])
	}
	slices.Sort(all)
	for _, q := range []float64{0, 0.5, 0.99, 0.999} {
		exact, got := all[int(q*float64(len(all)))], h.Quantile(q)
		if got < exact || float64(got) > float64(exact)*1.016+1 {
			t.Errorf("Quantile(%v) = %v, want %v", q, got, exact)
		}
	}
	if got := h.Quantile(1); got != all[len(all)-1] {
		t.Errorf("Quantile(1) = %v, want the largest, %v", got, all[len(all)-1])
	}
}

func TestEmpty(t *testing.T) {
	var h Hist
	h.Add(-1)
	if h.Quantile(0.5) != 0 || h.Count() != 1 {
		t.Errorf("a negative duration: Quantile %v, Count %d", h.Quantile(0.5), h.Count())
	}
	if h = (Hist{}); h.Quantile(0.5) != 0 {
		t.Error("the quantile of nothing is not 0")
	}
}
