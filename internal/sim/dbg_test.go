package sim

import (
	"fmt"
	"os"
	"testing"
)

func TestDbg(t *testing.T) {
	if os.Getenv("DBG") == "" {
		t.Skip()
	}
	var seed uint64
	var id int
	fmt.Sscan(os.Getenv("DBG"), &seed, &id)
	dbg = func(w *world) {
		fmt.Printf("%+v\n", w.profile)
		for _, s := range w.clients[id].script.steps {
			fmt.Printf("%.60q -> %.40q\n", s.in, s.out)
		}
	}
	Run(seed, Options{})
}
