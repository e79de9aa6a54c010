package kerneltest

import (
	"github.com/go-asynchat/asynchat/core"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// awaitEnd waits until the end of what is watched for want is reported under token, as exact. A
// vague kernel may report it otherwise, or not at all if nothing is wanted.
func (e *env) awaitEnd(token uint64, want, exact core.Ready) core.Ready {
	e.Helper()
	switch {
	case !e.vague:
		return e.await(token, exact)
	case want == 0:
		return 0
	}
	return e.awaitAny(token, want|kernel.HangUp|kernel.Failed)
}

// awaitAny waits until one of want is reported for token.
func (e *env) awaitAny(token uint64, want core.Ready) core.Ready {
	e.Helper()
	return e.awaitThat(token, want, func(r core.Ready) bool { return r&want != 0 })
}

// awaitNoReader waits until HangUp or Failed is reported for token, and all of want.
func (e *env) awaitNoReader(token uint64, want core.Ready) {
	e.Helper()
	if e.vague {
		e.awaitEnd(token, want, 0)
		return
	}
	e.awaitThat(token, want|kernel.HangUp, func(r core.Ready) bool {
		return r&want == want && r&(kernel.HangUp|kernel.Failed) != 0
	})
}
