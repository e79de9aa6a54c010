package simkernel_test

import (
	"math/rand/v2"
	"testing"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kerneltest"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// The promises are kept under those faults that they allow, too; and on the way that connections
// take under faults.
func TestFaultyKernel(t *testing.T) {
	for name, f := range map[string]simkernel.Faults{
		"none":           {Keep: 1},
		"vague":          {Keep: 1, Vague: 1},
		"vague at times": {Keep: 1, Vague: 0.5},
		"mild":           {Keep: 1, Join: 0.3, Interrupt: 0.3, Reorder: 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			seed := uint64(0)
			vague := f.Vague > 0
			kerneltest.Test(t, func() core.Kernel {
				seed++
				k := simkernel.New()
				k.Inject(seeded(seed), f)
				return k
			}, kerneltest.Options{Virtual: true, Vague: vague})
		})
	}
}
